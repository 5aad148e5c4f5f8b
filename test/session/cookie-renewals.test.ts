import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applySetCookies } from '../support/cookie-jar.ts'
import { firstSession } from './scripted-provider.ts'
import { hourMs, outcome, sessionsBed } from './sessions-bed.ts'

/** Beyond every due time of `refreshAfter: 1h`. */
const dueMs = hourMs

describe('createSessions(): refresh with cookies', () => {
  it('removes the pieces that a smaller session does not need', async () => {
    const { time, find, provider, signIn, jar } = await sessionsBed()
    const groups = Array.from({ length: 300 }, (_, n) => `team-${n}-of-a-company`)
    await signIn(firstSession({ user: { ...firstSession().user, groups } }))
    assert.ok(jar().has('__Host-attache.1'))
    provider.groups = ['one']
    await time.pass(dueMs)
    assert.equal(outcome(await find()), 'one')
    // The other says that the session before the sign-in has ended.
    assert.deepEqual([...jar().keys()], ['__Host-attache', '__Host-attache-e'])
    assert.equal(outcome(await find()), 'one')
  })

  it('takes an old cookie for a minute after the browser has shown the new one', async () => {
    const { time, find, ask, jar, sessions, provider } = await sessionsBed()
    const old = jar()
    await time.pass(dueMs)
    await find()
    await find()
    await time.pass(59_000)
    assert.equal(outcome(await ask(sessions, old)), 'after')
    await time.pass(2_000)
    // A copy from here on, and a provider that sees its spent token again may end all of the session.
    assert.equal(outcome(await ask(sessions, old)), 'credential-invalid')
    await time.pass(2 * hourMs)
    assert.equal(outcome(await ask(sessions, old)), 'credential-invalid')
    assert.equal(provider.calls.length, 1)
    assert.equal(outcome(await find()), 'after')
  })

  it('goes on at a replica that knows nothing of it, with the new cookie', async () => {
    const { time, find, replica, provider } = await sessionsBed()
    await time.pass(dueMs)
    await find()
    assert.equal(outcome(await find(replica({ isApart: true }))), 'after')
    assert.equal(provider.calls.length, 1)
  })

  it('ends at a replica apart that shows a spent refresh token, and lives on with the new cookie', async () => {
    const { time, find, ask, jar, replica } = await sessionsBed()
    const apart = replica({ isApart: true })
    const old = jar()
    await time.pass(dueMs)
    await find()
    assert.equal(outcome(await ask(apart, old)), 'credential-invalid')
    assert.equal(outcome(await find(apart)), 'after')
  })

  it('seals with the first of the keys from then on', async () => {
    const [old, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)]
    const { time, find, replica } = await sessionsBed()
    const rotated = replica({ config: { keys: [next, old] } })
    const later = replica({ config: { keys: [next] }, isApart: true })
    assert.equal(outcome(await find(rotated)), 'before')
    assert.equal(outcome(await find(later)), 'credential-invalid')
    await time.pass(dueMs)
    assert.equal(outcome(await find(rotated)), 'after')
    assert.equal(outcome(await find(later)), 'after')
  })

  it('goes on after a reload, which hands on what is remembered', async () => {
    const { time, ask, find, replica, provider } = await sessionsBed()
    await time.pass(dueMs)
    await ask()
    const reloaded = replica({ config: { absoluteLifetimeMs: 24 * hourMs } })
    assert.equal(outcome(await find(reloaded)), 'after')
    assert.equal(provider.calls.length, 1)
  })

  it('does not bring back what has ended when its old cookies are set again', async () => {
    const { time, find, jar, setJar, sessions } = await sessionsBed()
    const old = jar()
    await time.pass(dueMs)
    await find()
    const request = {
      cookieHeader: [...jar()].map(([name, value]) => `${name}=${value}`).join('; '),
      hostname: 'app.example.com',
      nowMs: time.now(),
    }
    const renewed = jar()
    setJar(applySetCookies(jar(), (await sessions.end(request)).setCookies))
    assert.deepEqual([...jar().keys()], ['__Host-attache-e'])
    for (const copied of [old, renewed]) {
      setJar(copied)
      assert.equal(outcome(await find()), 'credential-invalid')
    }
  })
})
