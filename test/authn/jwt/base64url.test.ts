import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeBase64, decodeBase64Url } from '../../../src/authn/jwt/base64url.ts'

describe('decodeBase64Url()', () => {
  const good = [
    { when: 'there is nothing', text: '', bytes: [] },
    { when: 'it is canonical', text: '-_8', bytes: [0xfb, 0xff] },
    { when: 'unused bits are set', text: '-_9', bytes: [0xfb, 0xff] },
    { when: 'lines are broken', text: '-\r\n_8\n', bytes: [0xfb, 0xff] },
  ]
  for (const { when, text, bytes } of good) {
    it(`decodes when ${when}`, () => {
      assert.deepEqual(decodeBase64Url(text), Buffer.from(bytes))
    })
  }
  for (const text of [
    '-_8=',
    '+/8',
    'A',
    'AAAAA',
    'AA A',
    'AA\t',
    'AA.',
    'ÄA',
    'A\0A',
    '\ud800A',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(decodeBase64Url(text), undefined)
    })
  }
})

describe('decodeBase64()', () => {
  it('decodes padded base64', () => {
    assert.deepEqual(decodeBase64('+/8='), Buffer.from([0xfb, 0xff]))
  })
  for (const text of ['-_8=', '+/8', 'AAA=A', '====', 'AA A']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(decodeBase64(text), undefined)
    })
  }
})
