import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCallerGate } from '../../src/serving/caller.ts'

describe('createCallerGate()', () => {
  const gate = createCallerGate('s3cret')
  const presented = [
    { what: 'the secret', value: 's3cret', passes: true },
    { what: 'nothing', value: undefined, passes: false },
    { what: 'an empty value', value: '', passes: false },
    { what: 'a prefix of it', value: 's3cre', passes: false },
    { what: 'it and more', value: 's3crets', passes: false },
    { what: 'it in other case', value: 'S3CRET', passes: false },
    { what: 'it with a blank', value: 's3cret ', passes: false },
    { what: 'it twice, as joined lines', value: 's3cret,s3cret', passes: false },
    { what: 'a megabyte', value: 's'.repeat(1 << 20), passes: false },
    { what: 'a lone surrogate', value: '\ud800', passes: false },
  ]
  for (const { what, value, passes } of presented) {
    it(`${passes ? 'lets in' : 'turns away'} a caller that presents ${what}`, () => {
      assert.equal(gate(value), passes)
    })
  }

  it('lets everybody in without a secret, presented or not', () => {
    const open = createCallerGate(undefined)
    assert.deepEqual([open(undefined), open('anything')], [true, true])
  })

  it('refuses to be made with an empty secret, which an empty header would meet', () => {
    assert.throws(() => createCallerGate(''), RangeError)
  })
})
