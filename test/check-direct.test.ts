import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkInput } from './support/check-input.ts'
import { setUp, signIn } from './support/checker.ts'
import { routeConfig, signInConfig } from './support/config.ts'

const failSecretly = () => Promise.reject(new TypeError('secret'))

describe('a direct request', () => {
  it('is answered at the addresses of sign-in', async () => {
    const { page: ask, events } = setUp({ config: { signIn: signInConfig() }, signIn })
    const reply = await ask(checkInput({ path: '/oauth2/userinfo' }))
    assert.equal(reply.status, 200)
    assert.equal(reply.body, 'userinfo')
    assert.equal(events[0]?.kind, 'sign-in')
  })

  for (const path of [
    '/',
    '/public',
    '/oauth2/userinfo/..',
    '/oauth2/x',
    '/a/../oauth2/userinfo',
  ]) {
    it(`is denied everywhere else, whoever it is: ${path}`, async () => {
      const anywhere = routeConfig({ access: 'public', identity: undefined, audit: true })
      const setup = { config: { signIn: signInConfig(), routes: [anywhere] }, signIn }
      const { page: ask, audited } = setUp(setup)
      const reply = await ask(checkInput({ path }))
      assert.equal(reply.status, 403)
      assert.deepEqual(audited, [])
    })
  }

  it('is denied when sign-in fails, and the failure is told', async () => {
    const failing = { ...signIn, handle: failSecretly }
    const { page: ask, bugs } = setUp({ config: { signIn: signInConfig() }, signIn: failing })
    const reply = await ask(checkInput({ path: '/oauth2/userinfo' }))
    assert.equal(reply.status, 503)
    assert.ok(!reply.body.includes('secret'))
    assert.equal(bugs.length, 1)
  })
})
