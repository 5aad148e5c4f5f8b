import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createShells } from '../../src/pages/shell.ts'
import { type DenialForm, deniedReply } from '../../src/replies/denied.ts'

describe('deniedReply() of too many attempts', () => {
  const denial = {
    reason: 'too-many-attempts',
    status: 429,
    id: 'd',
    signInURL: undefined,
  } as const
  const reply = (form: 'problem' | 'kubernetes-status') => deniedReply(denial, { form })

  it('says when to come back, and asks for no credential', () => {
    const { status, headers } = reply('problem')
    assert.equal(status, 429)
    assert.deepEqual(new Map(headers).get('retry-after'), '60')
    assert.equal(new Map(headers).has('www-authenticate'), false)
  })

  it('is what kubectl knows as too many requests', () => {
    assert.match(reply('kubernetes-status').body, /"reason":"TooManyRequests","code":429/)
  })
})

describe('deniedReply() without an answer of a part', () => {
  const denial = { reason: 'unavailable', status: 503, id: 'd', signInURL: undefined } as const
  const shell = createShells(undefined)(new Map())
  const forms: readonly (readonly [form: DenialForm, seconds: string])[] = [
    [{ form: 'page', shell }, '5'],
    [{ form: 'problem' }, '5'],
    // kubectl waits that long before each of ten attempts.
    [{ form: 'kubernetes-status' }, '1'],
  ]
  for (const [form, seconds] of forms) {
    it(`is worth another attempt after ${seconds} s as ${form.form}`, () => {
      const { headers } = deniedReply(denial, form)
      assert.equal(new Map(headers).get('retry-after'), seconds)
    })
  }
})
