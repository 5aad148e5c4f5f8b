import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProviderConfig, SessionConfig } from '../../src/config/browser-types.ts'
import type { NewSession, SessionRequest, Sessions } from '../../src/session/sessions.ts'
import { issuerConfig, providerConfig, sessionConfig } from '../support/config.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { cookieSessions, newSession } from '../support/sessions.ts'
import { userInfo } from '../support/user.ts'

const nowMs = Date.UTC(2026, 0, 1)
const name = '__Host-attache'
const hostname = 'app.dev.example.com'

interface Variant {
  readonly config?: Partial<SessionConfig>
  readonly cookie?: Partial<SessionConfig['cookie']>
  readonly provider?: Partial<ProviderConfig>
  readonly keepIDToken?: boolean
}

function sessions({ config, cookie, provider, keepIDToken = false }: Variant = {}): Sessions {
  const base = sessionConfig(config)
  return cookieSessions({
    config: { ...base, cookie: { ...base.cookie, ...cookie } },
    providers: [providerConfig(provider)],
    keepIDToken,
    now: () => nowMs,
  })
}

const alice = newSession({
  user: userInfo({
    name: 'alice',
    uid: 'u1',
    groups: ['b', 'a', 'b'],
    extra: new Map([['example.com/team', ['x', 'y']]]),
  }),
  email: 'alice@example.com',
})

function manyGroups(count: number): NewSession {
  const groups = Array.from({ length: count }, (_, n) => `team-${n}-of-a-large-company`)
  return { ...alice, user: { ...alice.user, groups } }
}

function request(header: string | undefined, atMs = nowMs): SessionRequest {
  return { cookieHeader: header, hostname, nowMs: atMs }
}

/** The cookies that a browser holds after the session was saved. */
async function save(store: Sessions, session: NewSession, before = new Map<string, string>()) {
  const saved = await store.save(session, { cookieHeader: cookieHeader(before), hostname, nowMs })
  assert.ok(saved.kind === 'saved')
  return { lines: saved.setCookies, jar: applySetCookies(before, saved.setCookies) }
}

async function reasonFor(store: Sessions, header: string | undefined, atMs = nowMs) {
  const lookup = await store.find(request(header, atMs))
  return lookup.kind === 'refused' ? lookup.reason : lookup.kind
}

describe('createCookieStore()', () => {
  it('finds the user that was saved, with everything that is known of them', async () => {
    const store = sessions()
    const { jar } = await save(store, alice)
    const lookup = await store.find(request(cookieHeader(jar)))
    assert.ok(lookup.kind === 'found')
    assert.deepEqual(lookup.session, {
      provider: 'dex',
      createdAtMs: nowMs,
      refreshAtMs: undefined,
      authenticated: {
        kind: 'authenticated',
        authenticator: 'session',
        user: alice.user,
        email: 'alice@example.com',
        idToken: undefined,
        expiresAtMs: nowMs + 12 * 3_600_000,
      },
    })
  })

  it('finds it in a store that has never seen it, as after a restart or on another replica', async () => {
    const { jar } = await save(sessions(), alice)
    assert.equal(await reasonFor(sessions(), cookieHeader(jar)), 'found')
  })

  it('hands out the same object for the same cookie', async () => {
    const store = sessions()
    const { jar } = await save(store, alice)
    const [first, second] = [
      await store.find(request(cookieHeader(jar))),
      await store.find(request(cookieHeader(jar), nowMs + 1)),
    ]
    assert.ok(first.kind === 'found' && second.kind === 'found')
    assert.equal(first.session.authenticated, second.session.authenticated)
  })

  it('ends a session at its absolute lifetime, opened before or not', async () => {
    const warm = sessions()
    const { jar } = await save(warm, alice)
    const header = cookieHeader(jar)
    const end = nowMs + 12 * 3_600_000
    assert.equal(await reasonFor(warm, header, end - 1), 'found')
    assert.equal(await reasonFor(warm, header, end), 'credential-expired')
    assert.equal(await reasonFor(sessions(), header, end), 'credential-expired')
  })

  it('keeps the ID token only when it is needed', async () => {
    const store = sessions({ keepIDToken: true })
    const { jar } = await save(store, alice)
    const lookup = await store.find(request(cookieHeader(jar)))
    assert.ok(lookup.kind === 'found')
    assert.equal(lookup.session.authenticated.idToken?.text, 'id.token.canary')
  })

  it('says nothing readable in its cookies', async () => {
    const { lines } = await save(sessions({ keepIDToken: true }), alice)
    const text = lines.map(([, value]) => value).join()
    const decoded = Buffer.from(text.replaceAll(/[^\w-]/g, ''), 'base64url').toString('latin1')
    assert.doesNotMatch(text + decoded, /alice|canary|team/)
  })

  const changes: Readonly<Record<string, Variant>> = {
    'the user name prefix': {
      provider: {
        issuer: issuerConfig({
          claimMappings: {
            ...issuerConfig().claimMappings,
            username: { claim: 'sub', prefix: 'x:' },
          },
        }),
      },
    },
    'the groups claim': {
      provider: {
        issuer: issuerConfig({
          claimMappings: {
            ...issuerConfig().claimMappings,
            groups: { claim: 'roles', prefix: '' },
          },
        }),
      },
    },
    'a required claim': {
      provider: {
        issuer: issuerConfig({ claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] }),
      },
    },
    'the audiences': { provider: { issuer: issuerConfig({ audiences: ['attache', 'b'] }) } },
    'the issuer': { provider: { issuer: issuerConfig({ url: 'https://other.example.com' }) } },
    'the provider': { provider: { id: 'other' } },
    'the client': { provider: { clientID: 'other' } },
    'whether ID tokens are kept': { keepIDToken: true },
    'the keys': { config: { keys: [Buffer.alloc(32, 9)] } },
  }
  for (const [what, variant] of Object.entries(changes)) {
    it(`ends sessions when ${what} changed`, async () => {
      const { jar } = await save(sessions(), alice)
      assert.equal(await reasonFor(sessions(variant), cookieHeader(jar)), 'credential-invalid')
    })
  }

  it('goes on when keys rotate', async () => {
    const [old, next] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const { jar } = await save(sessions({ config: { keys: [old] } }), alice)
    const rotated = sessions({ config: { keys: [next, old] } })
    assert.equal(await reasonFor(rotated, cookieHeader(jar)), 'found')
    const { jar: fresh } = await save(rotated, alice)
    const afterwards = sessions({ config: { keys: [next] } })
    assert.equal(await reasonFor(afterwards, cookieHeader(fresh)), 'found')
    assert.equal(await reasonFor(afterwards, cookieHeader(jar)), 'credential-invalid')
  })

  it('splits a large session into cookies that browsers take, and finds it again', async () => {
    const store = sessions()
    for (let count = 0; count <= 200; count += 7) {
      const session = manyGroups(count)
      const { jar, lines } = await save(store, session)
      for (const [, line] of lines) assert.ok(Buffer.byteLength(line) < 4096)
      const lookup = await sessions().find(request(cookieHeader(jar)))
      assert.ok(lookup.kind === 'found')
      assert.deepEqual(lookup.session.authenticated.user, session.user)
    }
  })

  it('finds sessions of every length around the end of a piece', async () => {
    const store = sessions()
    const pieces = new Set<number>()
    for (let length = 2500; length < 3000; length += 1) {
      const { jar } = await save(store, { ...alice, user: userInfo({ name: 'x'.repeat(length) }) })
      pieces.add(jar.size)
      assert.equal(await reasonFor(sessions(), cookieHeader(jar)), 'found')
    }
    assert.deepEqual([...pieces], [1, 2])
  })

  it('makes no session that is larger than maxBytes, and says how large it would be', async () => {
    const store = sessions({ cookie: { maxBytes: 12_000 } })
    const saved = await store.save(manyGroups(2000), { cookieHeader: undefined, hostname, nowMs })
    assert.ok(saved.kind === 'too-large')
    assert.ok(saved.bytes > 60_000)
  })

  it('keeps what the browser sends back within maxBytes', async () => {
    const store = sessions({ cookie: { maxBytes: 12_000 } })
    for (let count = 200; count < 400; count += 1) {
      const saved = await store.save(manyGroups(count), {
        cookieHeader: undefined,
        hostname,
        nowMs,
      })
      const lines = saved.kind === 'saved' ? saved.setCookies : []
      const header = cookieHeader(applySetCookies(new Map(), lines)) ?? ''
      assert.ok(header.length <= 12_000)
    }
  })

  it('replaces what the browser held: pieces that the new session has not are removed', async () => {
    const store = sessions()
    const { jar: large } = await save(store, manyGroups(200))
    assert.ok(large.size > 1)
    const { jar } = await save(store, alice, new Map([...large, [`${name}.9`, 'junk']]))
    assert.deepEqual([...jar.keys()], [name])
    assert.equal(await reasonFor(store, cookieHeader(jar)), 'found')
  })

  it('never continues a session that was planted before the sign-in', async () => {
    const store = sessions()
    const { jar: planted } = await save(store, { ...alice, user: userInfo({ name: 'mallory' }) })
    const { jar } = await save(store, alice, planted)
    const lookup = await store.find(request(cookieHeader(jar)))
    assert.ok(lookup.kind === 'found')
    assert.equal(lookup.session.authenticated.user.name, 'alice')
  })

  it('removes every piece that it sees, and says nothing when it sees none', async () => {
    const store = sessions()
    const { jar } = await save(store, manyGroups(200))
    const seen = new Map([...jar, [`${name}.40`, 'junk'], ['other', 'kept']])
    const after = applySetCookies(seen, (await store.end(request(cookieHeader(seen)))).setCookies)
    assert.deepEqual([...after], [['other', 'kept']])
    assert.deepEqual((await store.end(request('other=kept'))).setCookies, [])
    assert.deepEqual((await store.end(request(undefined))).setCookies, [])
  })

  it('removes a second cookie of its name wherever the browser may have it', async () => {
    const variants = [
      { cookie: { name: 'a' }, domains: ['app.dev.example.com', 'dev.example.com', 'example.com'] },
      {
        cookie: { name: 'a', domain: 'example.com' },
        domains: [undefined, 'app.dev.example.com', 'dev.example.com'],
      },
    ]
    for (const { cookie, domains } of variants) {
      const store = sessions({ cookie })
      const doubled = request('a=1; a=2; b=3')
      const saved = await store.save(alice, doubled)
      const lines = saved.kind === 'saved' ? saved.setCookies : []
      const removed = lines.filter(([, line]) => line.startsWith('a=; '))
      assert.deepEqual(
        removed.map(([, line]) => /Domain=([^;]+)/.exec(line)?.[1]),
        domains,
      )
      assert.equal((await store.end(doubled)).setCookies.length, domains.length + 1)
    }
  })

  it('removes a bounded number of cookies in one reply', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `${name}.${n}=x; ${name}.${n}=y`).join('; ')
    const { setCookies: lines } = await sessions().end(request(many))
    assert.equal(lines.length, 20 + 5 * 3)
  })

  const attributes: readonly (readonly [Partial<SessionConfig['cookie']>, string])[] = [
    [{}, '; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax'],
    [{ sameSite: 'strict' }, '; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict'],
    [
      { name: '__Secure-a', domain: 'example.com', sameSite: 'none' },
      '; Path=/; Domain=example.com; Max-Age=43200; HttpOnly; Secure; SameSite=None',
    ],
    [{ name: 'a', secure: false }, '; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax'],
  ]
  for (const [cookie, expected] of attributes) {
    it(`sets and removes with the same attributes (${JSON.stringify(cookie)})`, async () => {
      const store = sessions({ cookie })
      const { lines, jar } = await save(store, alice)
      assert.deepEqual(
        lines.map(([, line]) => line.slice(line.indexOf(';'))),
        [expected],
      )
      const [removed] = (await store.end(request(cookieHeader(jar)))).setCookies
      assert.equal(
        removed?.[1].replace('Max-Age=0', 'Max-Age=43200').split('=;')[1],
        expected.slice(1),
      )
    })
  }
})

async function largeSession(): Promise<readonly string[]> {
  const { jar } = await save(sessions(), manyGroups(200))
  return [...jar.values()]
}

function chunks(values: readonly (string | undefined)[]): string {
  return values.map((value, n) => `${n === 0 ? name : `${name}.${n}`}=${value}`).join('; ')
}

describe('createCookieStore().find() of hostile cookies', () => {
  const tricks: Readonly<Record<string, (pieces: readonly string[]) => string>> = {
    'a piece is missing at the end': (pieces) => chunks(pieces.slice(0, -1)),
    'the first piece is missing': (pieces) => `${name}.1=${pieces[1]}`,
    'one piece is too many': (pieces) => chunks([...pieces, 'AAAA']),
    'pieces are swapped': (pieces) => chunks(pieces.toReversed()),
    'the session stands there twice': (pieces) => `${chunks(pieces)}; ${chunks(pieces)}`,
    'a second, planted session comes first': (pieces) => `${name}=planted; ${chunks(pieces)}`,
    'a second, planted session comes last': (pieces) => `${chunks(pieces)}; ${name}=planted`,
    'a second one follows it behind a comma': (pieces) => `${chunks(pieces)},${name}=planted`,
    'a piece claims number 99999': (pieces) => `${chunks(pieces)}; ${name}.99999=x`,
    'a value is empty': () => `${name}=`,
    'a value is no JWE': () => `${name}=eyJhbGciOiJub25lIn0.e30.`,
    'a value is all dots': () => `${name}=${'.'.repeat(4000)}`,
    'the session is longer than maxBytes': () =>
      chunks(Array.from({ length: 10 }, () => 'A'.repeat(4000))),
    'the header has 64 KiB': () => chunks(Array.from({ length: 20 }, () => 'A'.repeat(4000))),
  }
  for (const [what, make] of Object.entries(tricks)) {
    it(`refuses when ${what}`, async () => {
      const header = make(await largeSession())
      assert.equal(await reasonFor(sessions(), header), 'credential-invalid')
    })
  }

  it('takes no session out of the value of another cookie, which a neighbour may have set', async () => {
    const { jar } = await save(sessions(), manyGroups(1))
    const planted = `theme=1,${name}=${jar.get(name)}`
    assert.deepEqual(await sessions().find(request(planted)), { kind: 'none' })
    const own = chunks(await largeSession())
    const { kind } = await sessions().find(request(`${planted}; ${own}`))
    assert.equal(kind, 'found')
  })

  it('never repeats anything of the cookie in its detail', async () => {
    const lookup = await sessions().find(request(`${name}=canary-cookie`))
    assert.doesNotMatch(JSON.stringify(lookup), /canary/)
  })
})
