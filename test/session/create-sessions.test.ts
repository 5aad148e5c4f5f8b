import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DependencyError } from '../../src/errors.ts'
import type { NewSession, SessionsOf } from '../../src/session/sessions.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { issuerConfig, redisConfig } from '../support/config.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import { userInfo } from '../support/user.ts'
import { firstSession } from './scripted-provider.ts'
import { hourMs, minuteMs, outcome, sessionsBed } from './sessions-bed.ts'

const noRefresh = firstSession({ refreshToken: undefined })

describe('createSessions(): how long a session lives', () => {
  it('ends at its absolute lifetime, used or not', async () => {
    const { time, find, signIn } = await sessionsBed({ config: { idleLifetimeMs: hourMs } })
    await signIn(noRefresh)
    for (let minute = 0; minute < 12 * 60; minute += 30) {
      assert.equal(outcome(await find()), 'before', `after ${minute} minutes`)
      await time.pass(30 * minuteMs)
    }
    assert.equal(outcome(await find()), 'credential-expired')
  })

  it('ends earlier once the absolute lifetime is shorter, and never later', async () => {
    const { time, find, signIn, replica } = await sessionsBed()
    await signIn(noRefresh)
    const shorter = replica({ config: { absoluteLifetimeMs: hourMs } })
    const longer = replica({ config: { absoluteLifetimeMs: 100 * hourMs } })
    await time.pass(hourMs - 1)
    const found = await find(shorter)
    assert.equal(found.kind === 'found' && found.session.authenticated.expiresAtMs - time.now(), 1)
    await time.pass(1)
    assert.equal(outcome(await find(shorter)), 'credential-expired')
    await time.pass(11 * hourMs)
    assert.equal(outcome(await find(longer)), 'credential-expired')
  })

  it('has no idle lifetime unless one is configured', async () => {
    const { time, find, signIn } = await sessionsBed()
    await signIn(noRefresh)
    await time.pass(12 * hourMs - 1)
    const lookup = await find()
    assert.ok(lookup.kind === 'found')
    assert.deepEqual([lookup.setCookies, lookup.idleEndsAtMs], [[], undefined])
  })

  it('ends at its idle lifetime', async () => {
    const { time, find, signIn } = await sessionsBed({ config: { idleLifetimeMs: hourMs } })
    await signIn(noRefresh)
    await time.pass(hourMs - 1)
    assert.equal(outcome(await find()), 'before')
    await time.pass(hourMs - 1)
    assert.equal(outcome(await find()), 'before')
    await time.pass(hourMs)
    assert.equal(outcome(await find()), 'credential-expired')
  })

  it('notes that it is used at most every tenth of the idle lifetime', async () => {
    const { time, find, signIn } = await sessionsBed({ config: { idleLifetimeMs: hourMs } })
    await signIn(noRefresh)
    const noted: number[] = []
    for (let minute = 0; minute <= 20; minute += 1) {
      const lookup = await find()
      if (lookup.kind === 'found' && lookup.setCookies.length > 0) noted.push(minute)
      await time.pass(minuteMs)
    }
    assert.deepEqual(noted, [6, 12, 18])
  })

  it('changes nothing where it may only read', async () => {
    const { time, replica, find, provider } = await sessionsBed({
      config: { idleLifetimeMs: 2 * hourMs },
    })
    const reader = replica({ isReadOnly: true })
    await time.pass(1.5 * hourMs)
    const lookup = await find(reader)
    assert.deepEqual(lookup.kind === 'found' && lookup.setCookies, [])
    assert.deepEqual(provider.calls, [])
    assert.equal((await find()).kind, 'found')
    assert.equal(provider.calls.length, 1)
  })

  it('says when it ends unused, and when it is refreshed', async () => {
    const { time, find } = await sessionsBed({ config: { idleLifetimeMs: hourMs } })
    const startMs = time.now()
    await time.pass(minuteMs)
    const lookup = await find()
    assert.ok(lookup.kind === 'found')
    assert.equal(lookup.idleEndsAtMs, startMs + hourMs)
    const dueMs = lookup.session.refreshAtMs ?? 0
    assert.ok(dueMs > startMs + 0.9 * hourMs - 1 && dueMs <= startMs + hourMs)
  })

  it('counts the use that another replica saw', async () => {
    const { time, find, signIn, replica } = await sessionsBed({
      config: { idleLifetimeMs: hourMs },
    })
    await signIn(noRefresh)
    const other = replica({ isApart: true })
    await time.pass(50 * minuteMs)
    assert.equal(outcome(await find(other)), 'before')
    await time.pass(50 * minuteMs)
    assert.equal(outcome(await find()), 'before')
  })

  it('goes on when the store cannot note that it is used, and when it never answers', async () => {
    const failures: readonly SessionStore['touch'][] = [
      () => Promise.reject(new DependencyError('session-store', 'Cannot touch: away')),
      () => new Promise(() => {}),
    ]
    for (const touch of failures) {
      const between = (store: SessionStore): SessionStore => ({ ...store, touch })
      const config = { idleLifetimeMs: hourMs }
      const { time, find, signIn } = await sessionsBed({ config, between })
      await signIn(noRefresh)
      await time.pass(50 * minuteMs)
      assert.equal(outcome(await find()), 'before')
      assert.equal(outcome(await find()), 'before')
    }
  })

  it('asks a store that answers later once for many requests', async () => {
    let touches = 0
    const between = (store: SessionStore): SessionStore => ({
      ...store,
      touch: async () => {
        touches += 1
        return []
      },
    })
    const config = { idleLifetimeMs: hourMs }
    const { time, find, signIn } = await sessionsBed({ config, between })
    await signIn(noRefresh)
    await time.pass(10 * minuteMs)
    await Promise.all(Array.from({ length: 20 }, () => find()))
    assert.equal(touches, 1)
  })

  it('ends with the mapping that made it, and is not refreshed then', async () => {
    const { time, find, provider, replica } = await sessionsBed()
    await time.pass(2 * hourMs)
    const { claimMappings } = issuerConfig()
    const username = { claim: 'sub', prefix: 'x:' }
    const issuer = issuerConfig({ claimMappings: { ...claimMappings, username } })
    assert.equal(outcome(await find(replica({ provider: { issuer } }))), 'credential-invalid')
    assert.equal(provider.calls.length, 0)
  })

  it('throws what a store without an answer throws', async () => {
    const failure = new DependencyError('session-store', 'Cannot load: away')
    const load = () => Promise.reject(failure)
    const { find } = await sessionsBed({ between: (store) => ({ ...store, load }) })
    await assert.rejects(find(), DependencyError)
  })
})

describe('createSessions().save()', () => {
  it('gives each session an id of its own', async () => {
    const ids = new Set<string>()
    const between = (store: SessionStore): SessionStore => ({
      ...store,
      create: (record, request) => {
        ids.add(record.id)
        return store.create(record, request)
      },
    })
    const { signIn } = await sessionsBed({ between })
    await signIn()
    await signIn()
    assert.equal(ids.size, 3)
  })

  it('ends the session that the browser had, which nobody can use again', async () => {
    const { jar, ask, signIn, sessions } = await sessionsBed()
    const planted = jar()
    await signIn(firstSession({ user: userInfo({ name: 'victim', groups: ['victims'] }) }))
    assert.equal(outcome(await ask()), 'victims')
    assert.equal(outcome(await ask(sessions, planted)), 'credential-invalid')
  })

  it('keeps a refresh token only where it may', async () => {
    const cases = [
      { cookie: { refresh: false }, kept: undefined },
      { cookie: { refresh: true }, kept: 'refresh-1' },
      {
        cookie: { refresh: false },
        config: {
          redis: redisConfig({}),
        },
        kept: 'refresh-1',
      },
    ]
    for (const { kept, ...options } of cases) {
      const saved: (string | undefined)[] = []
      const between = (store: SessionStore): SessionStore => ({
        ...store,
        create: (record, request) => {
          saved.push(record.refreshToken)
          return store.create(record, request)
        },
      })
      await sessionsBed({ ...options, between })
      assert.deepEqual(saved, [kept])
    }
  })

  it('throws for a provider that is not configured', async () => {
    const { signIn } = await sessionsBed()
    const stranger: NewSession = firstSession({ provider: 'stranger' })
    await assert.rejects(signIn(stranger), TypeError)
  })

  const whose: SessionsOf = {
    provider: 'dex',
    subject: 'alice-subject',
    providerSession: undefined,
    logoutID: 'l1',
    rememberMs: 1,
  }

  it('gives the refresh token of what a browser ends to its own provider alone', async () => {
    const other = { issuer: issuerConfig({ url: 'https://other.example.com' }) }
    const cases = [
      { now: {}, token: 'refresh-1' },
      // The configuration has changed since: "dex" is somebody else by now, or asks as somebody else.
      { now: { provider: other }, token: undefined },
      { now: { provider: { id: 'partner' } }, token: undefined },
      { now: { provider: { clientID: 'another' } }, token: undefined },
      {
        now: { cookie: { refresh: true } },
        token: undefined,
        session: { refreshToken: undefined },
      },
    ]
    for (const { now, token, session } of cases) {
      const { jar, signIn, time, replica } = await sessionsBed()
      await signIn(firstSession(session))
      const { setCookies, refreshTokens } = await replica({ ...now, isApart: true }).end({
        cookieHeader: cookieHeader(jar()),
        hostname: 'app.example.com',
        nowMs: time.now(),
      })
      assert.equal(setCookies.length, 2)
      const refreshToken = token
      assert.deepEqual(refreshTokens, refreshToken ? [{ provider: 'dex', refreshToken }] : [])
    }
  })

  it('ends no session without its browser where only browsers have them', async () => {
    const { sessions } = await sessionsBed()
    assert.equal(sessions.canEndAll, false)
    await assert.rejects(sessions.endAll(whose), TypeError)
  })

  it('ends sessions without their browsers where the store can', async () => {
    const asked: SessionsOf[] = []
    const between = (store: SessionStore): SessionStore => ({
      ...store,
      endAll: async (given) => {
        asked.push(given)
        return 'ended'
      },
    })
    const { sessions } = await sessionsBed({ between })
    assert.equal(sessions.canEndAll, true)
    assert.equal(await sessions.endAll(whose), 'ended')
    assert.deepEqual(asked, [whose])
  })
})
