import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewSession, Refreshed } from '../../src/session/sessions.ts'
import { firstSession } from './scripted-provider.ts'
import { hourMs, minuteMs, outcome, sessionsBed } from './sessions-bed.ts'

/** Beyond every due time of `refreshAfter: 1h`. */
const dueMs = hourMs

describe('createSessions(): a refresh', () => {
  it('is not made before it is due, nor without a refresh token', async () => {
    const { time, find, provider, signIn } = await sessionsBed()
    await time.pass(0.9 * hourMs - 1)
    assert.equal(outcome(await find()), 'before')
    await signIn(firstSession({ refreshToken: undefined }))
    await time.pass(11 * hourMs)
    assert.equal(outcome(await find()), 'before')
    assert.equal(provider.calls.length, 0)
  })

  it('asks the provider about the very session', async () => {
    const { time, find, provider, signIn } = await sessionsBed()
    await signIn(firstSession({ providerSession: 'sid-1' }))
    await time.pass(dueMs)
    await find()
    assert.deepEqual(provider.calls, [
      {
        provider: 'dex',
        refreshToken: 'refresh-1',
        subject: 'alice-subject',
        providerSession: 'sid-1',
      },
    ])
  })

  it('keeps what the provider says of its own session, once it has said so', async () => {
    const { time, find, provider } = await sessionsBed()
    for (const providerSession of ['sid-1', undefined, undefined]) {
      provider.alter = (refreshed) => {
        assert.ok(refreshed.kind === 'renewed')
        return { ...refreshed, session: { ...refreshed.session, providerSession } }
      }
      await time.pass(dueMs)
      await find()
    }
    assert.deepEqual(
      provider.calls.map(({ providerSession }) => providerSession),
      [undefined, 'sid-1', 'sid-1'],
    )
  })

  it('makes the new groups count at once, and the old user is handed out no more', async () => {
    const { time, find, ask, jar, sessions } = await sessionsBed()
    const old = jar()
    const before = await find()
    assert.ok(before.kind === 'found')
    await time.pass(dueMs)
    for (const lookup of [await ask(), await find(), await ask(sessions, old), await find()]) {
      assert.ok(lookup.kind === 'found')
      assert.deepEqual(lookup.session.authenticated.user.groups, ['after'])
      assert.equal(lookup.session.authenticated.email, 'new@example.com')
      assert.notEqual(lookup.session.authenticated.user, before.session.authenticated.user)
    }
  })

  it('moves neither the beginning nor the absolute end', async () => {
    const { time, find } = await sessionsBed()
    const before = await find()
    for (let hour = 0; hour < 11; hour += 1) {
      await time.pass(hourMs)
      const lookup = await find()
      assert.ok(lookup.kind === 'found' && before.kind === 'found')
      assert.equal(lookup.session.createdAtMs, before.session.createdAtMs)
      assert.equal(
        lookup.session.authenticated.expiresAtMs,
        before.session.authenticated.expiresAtMs,
      )
    }
    await time.pass(hourMs)
    assert.equal(outcome(await find()), 'credential-expired')
  })

  it('goes on from one refresh token to the next, and tells each time', async () => {
    const { time, find, provider, heard } = await sessionsBed()
    for (let hour = 0; hour < 4; hour += 1) {
      await time.pass(dueMs)
      assert.equal(outcome(await find()), 'after')
    }
    assert.deepEqual(
      provider.calls.map(({ refreshToken }) => refreshToken),
      ['refresh-1', 'refresh-2', 'refresh-3', 'refresh-4'],
    )
    assert.deepEqual(
      heard,
      Array.from({ length: 4 }, () => ({ result: 'renewed', user: 'alice' })),
    )
  })

  it('is offered again to a browser whose request was denied', async () => {
    const { time, find, ask, provider } = await sessionsBed()
    await time.pass(dueMs)
    for (let hour = 0; hour < 3; hour += 1) {
      const denied = await ask()
      assert.ok(denied.kind === 'found')
      assert.equal(denied.setCookies.length, 1)
      await time.pass(20 * 60_000)
    }
    await find()
    const after = await find()
    assert.ok(after.kind === 'found')
    assert.deepEqual(after.setCookies, [])
    assert.deepEqual(
      provider.calls.map(({ refreshToken }) => refreshToken),
      ['refresh-1', 'refresh-2'],
    )
  })

  const kept: readonly (readonly [string, (answer: NewSession) => Refreshed, string])[] = [
    [
      'the old refresh token when the answer has none',
      (session) => ({ kind: 'renewed', session: { ...session, refreshToken: undefined } }),
      'after',
    ],
    [
      'who it is when the answer says nothing of it',
      () => ({ kind: 'continued', identity: undefined, refreshToken: 'refresh-1' }),
      'before',
    ],
    [
      'only the tokens when who it is was asked for apart',
      ({ user, email }) => ({
        kind: 'continued',
        identity: { user, email },
        refreshToken: 'refresh-1',
      }),
      'after',
    ],
  ]
  for (const [what, answer, groups] of kept) {
    it(`keeps ${what}`, async () => {
      const { time, find, provider } = await sessionsBed()
      provider.alter = (refreshed) =>
        refreshed.kind === 'renewed' ? answer(refreshed.session) : refreshed
      await time.pass(dueMs)
      assert.equal(outcome(await find()), groups)
      assert.equal(outcome(await find()), groups)
      await time.pass(dueMs)
      await find()
      assert.deepEqual(
        provider.calls.map(({ refreshToken }) => refreshToken),
        ['refresh-1', 'refresh-1'],
      )
    })
  }

  it('keeps the ID token where it is sent on, and renews it before its end', async () => {
    const { time, find, signIn, provider } = await sessionsBed({ keepIDToken: true })
    await signIn(firstSession({ idTokenExpiresAtMs: time.now() + 10 * minuteMs }))
    await time.pass(9 * minuteMs - 1)
    const early = await find()
    assert.ok(early.kind === 'found')
    assert.equal(early.session.authenticated.idToken?.text, 'id.token.canary')
    await time.pass(1)
    const late = await find()
    assert.ok(late.kind === 'found')
    assert.equal(late.session.authenticated.idToken?.text, 'id-token-2')
    assert.equal(provider.calls.length, 1)
  })

  it('does not hurry for an ID token that is kept for the sign-out alone', async () => {
    const { time, find, signIn, provider } = await sessionsBed({
      keepIDToken: true,
      sendIDToken: false,
    })
    await signIn(firstSession({ idTokenExpiresAtMs: time.now() + 10 * minuteMs }))
    await time.pass(50 * minuteMs)
    await find()
    assert.equal(provider.calls.length, 0)
    await time.pass(10 * minuteMs)
    const lookup = await find()
    assert.ok(lookup.kind === 'found')
    assert.equal(lookup.session.authenticated.idToken?.text, 'id-token-2')
  })
})

describe('createSessions(): a refresh that the provider refuses', () => {
  it('ends the session, for the request that asked and for all later ones', async () => {
    const { time, find, ask, heard, signIn } = await sessionsBed()
    await signIn(firstSession({ refreshToken: 'spent' }))
    await time.pass(dueMs)
    const many = await Promise.all(Array.from({ length: 5 }, () => ask()))
    assert.deepEqual(many.map(outcome), Array(5).fill('credential-invalid'))
    assert.equal(outcome(await find()), 'credential-invalid')
    assert.deepEqual(heard, [{ result: 'ended', user: 'alice', detail: 'invalid_grant' }])
  })

  it('ends it when the answer is about somebody else', async () => {
    const { time, find, provider, heard } = await sessionsBed()
    provider.alter = (refreshed) =>
      refreshed.kind === 'renewed'
        ? { ...refreshed, session: { ...refreshed.session, subject: 'mallory' } }
        : refreshed
    await time.pass(dueMs)
    assert.equal(outcome(await find()), 'credential-invalid')
    assert.deepEqual(
      heard.map(({ result }) => result),
      ['ended'],
    )
  })

  it('ends it when who it is now does not fit into the cookies', async () => {
    const { time, find, provider, heard } = await sessionsBed()
    provider.groups = Array.from({ length: 2000 }, (_, n) => `team-${n}`)
    await time.pass(dueMs)
    assert.equal(outcome(await find()), 'credential-invalid')
    assert.match(heard[0]?.detail ?? '', /^it would take \d{5} bytes of cookies$/)
  })

  it('ends it though the store cannot be told', async () => {
    const { time, find, ask, signIn } = await sessionsBed({
      between: (store) => ({ ...store, drop: () => new Promise(() => {}) }),
    })
    await signIn(firstSession({ refreshToken: 'spent' }))
    await time.pass(dueMs)
    assert.equal(outcome(await ask()), 'credential-expired')
    assert.equal(outcome(await find()), 'credential-expired')
  })
})

describe('createSessions(): a refresh without an answer', () => {
  for (const mode of ['away', 'breaks'] as const) {
    it(`keeps the session until its absolute end when the provider is ${mode}`, async () => {
      const { time, find, provider } = await sessionsBed()
      provider.mode = mode
      await time.pass(dueMs)
      for (let minute = 60; minute < 12 * 60; minute += 20) {
        assert.equal(outcome(await find()), 'before')
        await time.pass(20 * minuteMs)
      }
      assert.equal(outcome(await find()), 'credential-expired')
    })
  }

  it('asks again after half a minute, and costs nothing until then', async () => {
    const { time, find, provider } = await sessionsBed()
    provider.mode = 'away'
    await time.pass(dueMs)
    for (let second = 0; second < 27; second += 1) {
      await find()
      await time.pass(1000)
    }
    assert.equal(provider.calls.length, 1)
    provider.mode = 'answers'
    await time.pass(3000)
    assert.equal(outcome(await find()), 'after')
    assert.equal(provider.calls.length, 2)
  })

  it('tells that it failed, without what the provider said', async () => {
    const { time, find, provider, heard } = await sessionsBed()
    provider.mode = 'breaks'
    await time.pass(dueMs)
    await find()
    provider.mode = 'away'
    await time.pass(minuteMs)
    await find()
    assert.deepEqual(heard, [
      { result: 'failed', user: 'alice', detail: 'an unexpected SyntaxError' },
      { result: 'failed', user: 'alice', detail: 'Cannot refresh: no connection' },
    ])
  })

  it('holds up a request for two seconds, and the next ones not at all', async () => {
    const { time, ask, find, provider } = await sessionsBed()
    provider.mode = 'hangs'
    await time.pass(dueMs)
    const startMs = time.now()
    let answeredAtMs = 0
    const first = ask().then((lookup) => {
      answeredAtMs = time.now()
      return lookup
    })
    await time.pass(10_000)
    assert.equal(outcome(await first), 'before')
    assert.equal(answeredAtMs - startMs, 2000)
    assert.equal(outcome(await find()), 'before')
    provider.goOn()
    await time.pass(0)
    assert.equal(outcome(await find()), 'after')
    assert.equal(provider.calls.length, 1)
  })

  it('finds nobody who signed out, or whose time was over, while the request waited', async () => {
    const signedOut = await sessionsBed()
    const late = await sessionsBed({ config: { absoluteLifetimeMs: hourMs + 1000 } })
    for (const { provider, time } of [signedOut, late]) {
      provider.mode = 'hangs'
      await time.pass(dueMs)
    }
    const [first, second] = [signedOut.ask(), late.ask()]
    const cookies = [...signedOut.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
    await signedOut.sessions.end({
      cookieHeader: cookies,
      hostname: 'app.example.com',
      nowMs: signedOut.time.now(),
    })
    await Promise.all([signedOut.time.pass(2000), late.time.pass(2000)])
    assert.equal(outcome(await first), 'credential-invalid')
    assert.equal(outcome(await second), 'credential-expired')
  })

  it('waits when it closes for what the provider has not answered yet, for a while', async () => {
    const { time, ask, sessions, provider } = await sessionsBed()
    provider.mode = 'hangs'
    await time.pass(dueMs)
    const asked = ask()
    const closed = sessions.close()
    const soon = time.pass(1000)
    assert.equal(await Promise.race([closed, soon.then(() => 'still open')]), 'still open')
    provider.goOn()
    await closed
    assert.equal(outcome(await asked), 'after')
    await sessions.close()
  })
})
