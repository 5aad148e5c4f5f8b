import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { SessionConfig } from '../../src/config/browser-types.ts'
import { createSignInStates, type StartOptions } from '../../src/oidc/sign-in-states.ts'
import { createSealer } from '../../src/session/seal.ts'
import { sessionConfig } from '../support/config.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'

const nowMs = Date.UTC(2026, 0, 1)
const minute = 60_000

function states(config: Partial<SessionConfig> = {}) {
  return createSignInStates({ config: sessionConfig(config), random: randomBytes })
}

function begin(overrides: Partial<StartOptions> = {}): StartOptions {
  return {
    provider: 'dex',
    origin: 'https://app.example.com',
    returnPath: '/wanted?x=1',
    cookieHeader: undefined,
    nowMs,
    ...overrides,
  }
}

type Jar = ReadonlyMap<string, string>

/** A sign-in of a browser with these cookies, and its cookies afterwards. */
function start(jar: Jar = new Map(), atMs = nowMs, store = states()) {
  const started = store.start(begin({ cookieHeader: cookieHeader(jar), nowMs: atMs }))
  return { ...started, jar: applySetCookies(jar, started.setCookies) }
}

describe('createSignInStates()', () => {
  it('gives back what the sign-in began with, and takes its cookie away', () => {
    const { state, jar } = start()
    const taken = states().take(state.state, cookieHeader(jar), nowMs + 9 * minute)
    assert.ok(taken.kind === 'taken')
    assert.deepEqual(taken.state, state)
    assert.equal(state.returnPath, '/wanted?x=1')
    assert.deepEqual([...applySetCookies(jar, taken.setCookies)], [])
  })

  it('has a fresh state, nonce and verifier of 256 bits each for every sign-in', () => {
    const all = Array.from({ length: 20 }, () => start().state)
    const secrets = all.flatMap(({ state, nonce, codeVerifier }) => [
      state.split('.')[1] ?? '',
      nonce,
      codeVerifier,
    ])
    assert.equal(new Set(secrets).size, 60)
    for (const secret of secrets) assert.equal(Buffer.from(secret, 'base64url').length, 32)
  })

  it('challenges with the SHA-256 of the verifier', () => {
    const { state, codeChallenge } = start()
    assert.equal(codeChallenge, hash('sha256', state.codeVerifier, 'base64url'))
  })

  it('sets one host-only, lax cookie for ten minutes, below 4096 bytes for the longest path', () => {
    const { setCookies } = states().start(begin({ returnPath: `/${'a'.repeat(2047)}` }))
    assert.equal(setCookies.length, 1)
    const [, line = ''] = setCookies[0] ?? []
    assert.match(
      line,
      /^__Host-attache-s-[\w-]{13}=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    )
    assert.ok(line.length < 4096)
  })

  it('stays lax and host-only where the session is strict and has a domain', () => {
    const cookie = { ...sessionConfig().cookie, name: '__Secure-a', domain: 'example.com' }
    const { setCookies } = start(
      new Map(),
      nowMs,
      states({ cookie: { ...cookie, sameSite: 'strict' } }),
    )
    assert.match(
      setCookies[0]?.[1] ?? '',
      /^__Secure-a-s-.*; Path=\/; Max-Age=600; .*SameSite=Lax$/,
    )
  })

  it('keeps five running sign-ins of a browser, the newest', () => {
    let jar: Jar = new Map()
    const begun: string[] = []
    for (let tab = 0; tab < 12; tab += 1) {
      const started = start(jar, nowMs + tab * 1000)
      begun.push(started.state.state)
      jar = started.jar
      assert.ok(jar.size <= 5)
    }
    const works = begun.map((state) => states().take(state, cookieHeader(jar), nowMs + 12_000).kind)
    assert.deepEqual(
      works,
      begun.map((_, tab) => (tab < 7 ? 'none' : 'taken')),
    )
  })

  it('removes sign-ins that are over, and cookies that only look like ours', () => {
    const { jar: old } = start()
    const junk = new Map([...old, ['__Host-attache-s-x', 'junk'], ['other', 'kept']])
    const { jar } = start(junk, nowMs + 11 * minute)
    assert.equal(jar.size, 2)
    assert.ok(jar.has('other'))
  })

  it('removes twenty at most in one reply', () => {
    const many = new Map(Array.from({ length: 60 }, (_, n) => [`__Host-attache-s-${n}`, 'x']))
    assert.equal(start(many).setCookies.length, 21)
  })

  it('finds the sign-in among all that a neighbouring site can plant, in little time', () => {
    const { state, jar } = start()
    const [[cookieName = '', value = ''] = []] = jar
    const looksSealed = value.slice(0, -22) + 'A'.repeat(22)
    for (const [count, planted] of [
      [1500, 'x'],
      [100, looksSealed],
    ] as const) {
      const ids = Array.from({ length: count }, (_, n) => String(n).padStart(13, '0'))
      const header = ids.map((id) => `__Host-attache-s-${id}=${planted}`).join('; ')
      const cookies = `${header}; ${cookieName}=${value}`
      const cpuMs = cpuStopwatch()
      assert.equal(states().take(state.state, cookies, nowMs).kind, 'taken')
      assert.equal(states().goesRound(begin({ cookieHeader: cookies })), false)
      assert.equal(states().forget(cookies).length, 20)
      assert.equal(states().start(begin({ cookieHeader: cookies })).setCookies.length, 21)
      assert.ok(cpuMs() < 1000)
    }
  })

  const { state: good, jar: goodJar } = start()
  const [cookieName = '', value = ''] = [...goodJar][0] ?? []
  const sealFor = (purpose: 'session' | 'sign-in-state', key: number) =>
    createSealer({ keys: [Buffer.alloc(32, key)], purpose, random: randomBytes }).seal(
      JSON.stringify(good),
    )
  const renamed = (other: string) => cookieName.replace(good.state.slice(0, 13), other)
  const refused: readonly (readonly [what: string, header: string, state: string, atMs: number])[] =
    [
      ['no cookie', '', good.state, nowMs],
      ['no cookie', 'other=1', good.state, nowMs],
      ['no cookie', `${renamed('0abcdefabcdef')}=${value}`, good.state, nowMs],
      ['two cookies', `${cookieName}=${value}; ${cookieName}=${value}`, good.state, nowMs],
      ['two cookies', `${cookieName}=planted; ${cookieName}=${value}`, good.state, nowMs],
      // Behind a comma it is the value of a cookie that a neighbouring site may set.
      ['no cookie', `theme=1,${cookieName}=${value}`, good.state, nowMs],
      ['does not open', `${cookieName}=${value},${cookieName}=${value}`, good.state, nowMs],
      ['does not open', `${cookieName}=`, good.state, nowMs],
      ['does not open', `${cookieName}=junk`, good.state, nowMs],
      [
        'does not open',
        `${cookieName}=${value.slice(0, 30)}A${value.slice(31)}`,
        good.state,
        nowMs,
      ],
      ['does not open', `${cookieName}=${value}A`, good.state, nowMs],
      ['does not open', `${cookieName}=${sealFor('session', 7)}`, good.state, nowMs],
      ['does not open', `${cookieName}=${sealFor('sign-in-state', 8)}`, good.state, nowMs],
      ['expired', `${cookieName}=${value}`, good.state, nowMs + 10 * minute],
      ['malformed', `${cookieName}=${value}`, '', nowMs],
      ['malformed', `${cookieName}=${value}`, good.state.slice(1), nowMs],
      ['malformed', `${cookieName}=${value}`, `${good.state} `, nowMs],
      ['malformed', `${cookieName}=${value}`, 'x'.repeat(10_000), nowMs],
      ['malformed', `${cookieName}=${value}`, good.state.split('.')[0] ?? '', nowMs],
    ]
  for (const [detail, header, state, atMs] of refused) {
    it(`says "${detail}" of ${header.slice(0, 40)}… with state ${state.slice(0, 20)}…`, () => {
      const taken = states().take(state, header, atMs)
      assert.ok(taken.kind === 'none')
      assert.equal(taken.detail, detail)
    })
  }

  it('forgets what has succeeded and what is junk, and leaves what runs', () => {
    const store = states()
    const { jar: running } = start()
    const { state, jar: before } = start(new Map(), nowMs + 1000)
    const taken = store.take(state.state, cookieHeader(before), nowMs + 2000)
    assert.ok(taken.kind === 'taken')
    const done = applySetCookies(before, taken.doneCookies)
    assert.deepEqual([...done.keys()], [...before.keys()])
    const jar = new Map([...running, ...done, ['__Host-attache-s-x', 'junk'], ['other', '1']])
    const left = applySetCookies(jar, store.forget(cookieHeader(jar)))
    assert.deepEqual([...left.keys()], [...running.keys(), 'other'])
    assert.deepEqual(store.forget(undefined), [])
  })

  it('keeps of a sign-in that has succeeded nothing that could be used, for two minutes', () => {
    const { state, jar } = start()
    const taken = states().take(state.state, cookieHeader(jar), nowMs)
    assert.ok(taken.kind === 'taken')
    const [, line = ''] = taken.doneCookies[0] ?? []
    assert.match(line, /; Max-Age=120; HttpOnly; Secure; SameSite=Lax$/)
    const text = createSealer({
      keys: sessionConfig().keys,
      purpose: 'sign-in-state',
      random: randomBytes,
    }).open(line.slice(line.indexOf('=') + 1, line.indexOf(';')))
    assert.deepEqual(JSON.parse(text ?? ''), {
      origin: 'https://app.example.com',
      returnPath: '/wanted?x=1',
      createdAtMs: nowMs,
    })
    const again = states().take(
      state.state,
      cookieHeader(applySetCookies(jar, taken.doneCookies)),
      nowMs + 1000,
    )
    assert.equal(again.kind, 'done')
  })

  it('opens the states of a key that no longer seals', () => {
    const [old, next] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const { state, jar } = start(new Map(), nowMs, states({ keys: [old] }))
    const rotated = states({ keys: [next, old] })
    assert.equal(rotated.take(state.state, cookieHeader(jar), nowMs).kind, 'taken')
  })
})
