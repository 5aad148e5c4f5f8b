import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { session } from '../../src/authn/session.ts'
import { DependencyError } from '../../src/errors.ts'
import { checkInput } from '../support/check-input.ts'
import { sessionConfig } from '../support/config.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { cookieSessions, newSession } from '../support/sessions.ts'
import { userInfo } from '../support/user.ts'

const nowMs = Date.UTC(2026, 0, 1)
const sessions = cookieSessions()

async function signedIn(): Promise<string> {
  const saved = await sessions.save(newSession({ user: userInfo({ name: 'alice' }) }), {
    cookieHeader: undefined,
    hostname: 'app.example.com',
    nowMs,
  })
  assert.ok(saved.kind === 'saved')
  return cookieHeader(applySetCookies(new Map(), saved.setCookies)) ?? ''
}

function at(ms: number) {
  return session({ sessions, now: () => ms })
}

describe('session()', () => {
  for (const headers of [
    {},
    { cookie: '' },
    { cookie: 'a=1; b=2' },
    { cookie: '__Host-attache2=x' },
  ]) {
    it(`has no credential in ${JSON.stringify(headers)}`, async () => {
      assert.deepEqual(await at(nowMs)(checkInput({ headers })), { kind: 'no-credential' })
    })
  }

  it('has none in the cookie of a running sign-in alone', async () => {
    const headers = { cookie: '__Host-attache-s-0tabcdeabcdef=x' }
    assert.deepEqual(await at(nowMs)(checkInput({ headers })), { kind: 'no-credential' })
  })

  it('authenticates a good session, each time with the same object', async () => {
    const input = checkInput({ headers: { cookie: `a=1; ${await signedIn()}; b=2` } })
    const outcome = await at(nowMs)(input)
    assert.ok(outcome.kind === 'authenticated')
    assert.equal(outcome.user.name, 'alice')
    assert.equal(outcome.authenticator, 'session')
    assert.equal(await at(nowMs)(input), outcome)
  })

  it('hands on what a renewed session sets in the browser, with the same user object', async () => {
    const used = cookieSessions({ config: sessionConfig({ idleLifetimeMs: 3_600_000 }) })
    const saved = await used.save(newSession(), {
      cookieHeader: undefined,
      hostname: 'app.example.com',
      nowMs,
    })
    assert.ok(saved.kind === 'saved')
    const cookie = cookieHeader(applySetCookies(new Map(), saved.setCookies)) ?? ''
    const input = checkInput({ headers: { cookie } })
    const early = await session({ sessions: used, now: () => nowMs })(input)
    const later = await session({ sessions: used, now: () => nowMs + 600_000 })(input)
    assert.ok(early.kind === 'authenticated' && later.kind === 'authenticated')
    assert.equal(early.setCookies, undefined)
    assert.deepEqual(
      later.setCookies?.map(([name, line]) => [name, line.split('=', 1)[0]]),
      [['set-cookie', '__Host-attache']],
    )
    assert.equal(later.user, early.user)
  })

  it('rejects an expired session', async () => {
    const input = checkInput({ headers: { cookie: await signedIn() } })
    assert.deepEqual(await at(nowMs + 12 * 3_600_000)(input), {
      kind: 'rejected',
      reason: 'credential-expired',
      detail: 'session cookie: past the absolute lifetime',
      isSession: true,
    })
  })

  const rejected = {
    junk: async () => '__Host-attache=junk',
    'a piece without the first': async () => '__Host-attache.1=junk',
    'a session that stands there twice': async () => `${await signedIn()}; ${await signedIn()}`,
  }
  for (const [what, cookie] of Object.entries(rejected)) {
    it(`rejects ${what}`, async () => {
      const outcome = await at(nowMs)(checkInput({ headers: { cookie: await cookie() } }))
      assert.ok(outcome.kind === 'rejected')
      assert.equal(outcome.reason, 'credential-invalid')
    })
  }

  it('throws when the store gives no answer', async () => {
    const away = {
      ...sessions,
      find: () => Promise.reject(new DependencyError('session-store', 'x')),
    }
    const authenticate = session({ sessions: away, now: () => nowMs })
    const input = checkInput({ headers: { cookie: 'a=1' } })
    await assert.rejects(async () => authenticate(input), DependencyError)
  })
})
