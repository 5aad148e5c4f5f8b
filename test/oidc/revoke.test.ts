import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import type { ClientAuthentication } from '../../src/config/browser-types.ts'
import { DependencyError } from '../../src/errors.ts'
import type { Revocation } from '../../src/oidc/provider/client.ts'
import { createProviders } from '../../src/oidc/provider/provider.ts'
import { createRefresh } from '../../src/oidc/refresh.ts'
import { createRevoke } from '../../src/oidc/revoke.ts'
import type { IssuedRefreshToken } from '../../src/session/sessions.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import type { ProviderFault } from '../support/provider-faults.ts'
import { cookieSessions } from '../support/sessions.ts'
import { createBrowser, locationOf } from '../support/sign-in-browser.ts'

const silent = pino({ level: 'silent' })
const clientSecret = 'the secret of revocations'

/** What a log was told, each line as text. */
function capturedLog() {
  const lines: string[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) })
  return { log, lines }
}

/** Waits for what nobody awaits. */
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) {
    assert.ok(turns < 100_000, 'It did not come to that')
    await turn()
  }
}

const token = (n: number): IssuedRefreshToken => ({ provider: 'dex', refreshToken: `canary-${n}` })

/** Providers of which only how they revoke is known. */
function known(revoke: (refreshToken: string) => Promise<Revocation>) {
  const { log, lines } = capturedLog()
  const [provider] = createProviders(signInConfig(), {
    get: () => ({
      config: issuerConfig(),
      metadata: () => Promise.reject(new Error('not asked')),
      fetch: () => Promise.reject(new Error('not asked')),
    }),
    verifyToken: async () => ({ kind: 'no-credential' }),
    missing: () => [],
    close: async () => {},
  }).all
  assert.ok(provider)
  const dex = { ...provider, client: { ...provider.client, revoke } }
  const get = (id: string) => (id === 'dex' ? dex : undefined)
  return { revoke: createRevoke({ providers: { get }, log }), lines }
}

describe('a sign-out', () => {
  let provider: TestProvider
  let issuers: Issuers
  before(async () => {
    provider = await startProvider({
      clientID: 'attache',
      clientSecret,
      externalURL: new URL('https://app.example.com'),
      people: [{ login: 'alice', claims: { email: 'alice@example.com' } }],
      refreshTokens: 'one-time',
    })
    issuers = createIssuers([issuer()], { now: Date.now, log: silent })
  })
  after(async () => {
    await issuers.close()
    await provider.close()
  })
  beforeEach(() => provider.mend())

  const issuer = () => issuerConfig({ url: provider.url, allowHttp: true })
  const config = (clientAuthentication: ClientAuthentication = { method: 'auto', clientSecret }) =>
    signInConfig({ providers: [providerConfig({ issuer: issuer(), clientAuthentication })] })
  const asked = () => provider.calls('revocation')

  /** A browser in which alice is signed in, and the refresh token that its session has. */
  async function signedIn() {
    const { cookie, ...session } = sessionConfig()
    const { log, lines } = capturedLog()
    const at = createBrowser({
      config: config(),
      session: { ...session, cookie: { ...cookie, refresh: true } },
      issuers,
      log,
    })
    const began = locationOf(await at.begin('/'))
    await at.callback(await provider.signIn(began, 'alice'))
    return { at, lines }
  }
  const signOut = '/oauth2/sign_out'
  const refreshWith = async (refreshToken: string) => {
    const [dex] = createProviders(config(), issuers).all
    return (await dex?.client.refresh(refreshToken))?.kind
  }

  /** Of the revocations that the provider was asked for meanwhile, the tokens. */
  async function revokedBy(run: () => Promise<unknown>): Promise<readonly string[]> {
    const earlier = asked().length
    await run()
    // Nobody awaits a revocation; one that was sent is there before that of a later sign-out.
    const { at: last } = await signedIn()
    const others = asked().length
    await last.open('sign_out', signOut)
    await until(() => asked().length > others)
    return asked()
      .slice(earlier, -1)
      .flatMap(({ secrets }) => secrets)
  }

  it('ends the refresh token at the provider', async () => {
    const { at, lines } = await signedIn()
    const revoked = await revokedBy(async () => {
      assert.equal((await at.open('sign_out', signOut)).status, 303)
    })
    const [refreshToken = ''] = revoked
    assert.equal(revoked.length, 1)
    assert.equal(asked().at(-1)?.clientAuthentication, 'basic')
    assert.equal(await refreshWith(refreshToken), 'grant-ended')
    assert.deepEqual(lines, [])
  })

  it('never waits for that', async () => {
    const { at } = await signedIn()
    provider.fail('revocation', 'hold')
    assert.equal((await at.open('sign_out', signOut)).status, 303)
    await until(() => provider.held() === 1)
    assert.deepEqual([...at.jar().keys()], ['__Host-attache-e'])
  })

  const faults: readonly ProviderFault[] = ['error', 'invalid-grant', 'reset', 'lost-answer']
  for (const fault of faults) {
    it(`is over all the same when the provider fails: ${fault}`, async () => {
      const { at, lines } = await signedIn()
      provider.fail('revocation', fault)
      assert.equal((await at.open('sign_out', signOut)).status, 303)
      await until(() => lines.length > 0)
      const [line = ''] = lines
      assert.match(line, /"level":40,"provider":"dex",.*"msg":"refresh token not revoked: /)
      for (const secret of asked().at(-1)?.secrets ?? []) assert.ok(!line.includes(secret))
    })
  }

  it('revokes nothing before it is confirmed, nor where a new sign-in ends the session', async () => {
    const { at } = await signedIn()
    const revoked = await revokedBy(async () => {
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-purpose': 'prefetch' }]) {
        assert.equal((await at.open('sign_out', signOut, { headers })).status, 200)
      }
      // The tokens of both sign-ins may be of one grant, which would end with the first.
      const again = locationOf(await at.open('start', '/oauth2/start'))
      const reply = await at.callback(await provider.signIn(again, 'alice'))
      assert.equal(reply.event?.name, 'signed-in')
    })
    assert.deepEqual(revoked, [])
  })

  it('ends what a refresh gets that was under way', async () => {
    const { cookie, ...rest } = sessionConfig()
    const session = { ...rest, cookie: { ...cookie, refresh: true } }
    const providers = createProviders(config(), issuers)
    let nowMs = Date.now()
    const now = () => nowMs
    const sessions = cookieSessions({
      config: session,
      providers: config().providers,
      refresh: createRefresh({ providers, verifyToken: issuers.verifyToken }),
      now,
      // Whatever is waited for, enough time has passed.
      schedule: (_, task) => {
        const due = setImmediate(task)
        return () => clearImmediate(due)
      },
    })
    const at = createBrowser({ config: config(), session, issuers, sessions }, now)
    const began = locationOf(await at.begin('/'))
    await at.callback(await provider.signIn(began, 'alice'))
    nowMs += session.refreshAfterMs
    provider.fail('token', 'hold')
    // That of the token before it is lost, so that the grant goes on.
    provider.fail('revocation', 'reset', 1)
    const earlier = asked().length
    assert.equal((await at.open('sign_out', signOut)).status, 303)
    await until(() => provider.held() === 1 && asked().length === earlier + 1)
    provider.mend('token')
    await until(() => asked().length === earlier + 2)
    const [[old] = [], [next = ''] = []] = asked()
      .slice(earlier)
      .map(({ secrets }) => secrets)
    assert.notEqual(next, old)
    assert.equal(await refreshWith(next), 'grant-ended')
  })

  it('revokes once, whatever copies of the cookie are shown', async () => {
    const { at } = await signedIn()
    const name = '__Host-attache'
    const value = at.jar().get(name) ?? ''
    const cookie = [value, 'junk', value, `${value}x`].map((one) => `${name}=${one}`).join('; ')
    const revoked = await revokedBy(async () => {
      for (const headers of [{ cookie }, { cookie }, { cookie: `${name}=${value}` }]) {
        await at.open('sign_out', signOut, { headers })
      }
    })
    assert.equal(revoked.length, 1)
  })
})

describe('createRevoke()', () => {
  it('tells nobody of a provider that there is not', async () => {
    const seen: string[] = []
    const { revoke, lines } = known(async (refreshToken) => {
      seen.push(refreshToken)
      return { kind: 'revoked' }
    })
    revoke([{ provider: 'partner', refreshToken: 'canary' }])
    await turn()
    assert.deepEqual([seen, lines], [[], []])
  })

  it('asks for four of one sign-out, and for a hundred at once', async () => {
    const seen: string[] = []
    const { revoke, lines } = known((refreshToken) => {
      seen.push(refreshToken)
      return new Promise(() => {})
    })
    revoke(Array.from({ length: 200 }, (_, n) => token(n)))
    assert.equal(seen.length, 4)
    for (let n = 0; n < 99; n += 1) revoke([token(n)])
    await turn()
    assert.equal(seen.length, 100)
    assert.equal(lines.filter((line) => line.includes('too many at once')).length, 3)
  })

  it('goes on after those that are over', async () => {
    const seen: string[] = []
    const { revoke } = known(async (refreshToken) => {
      seen.push(refreshToken)
      return { kind: 'revoked' }
    })
    for (let n = 0; n < 300; n += 1) {
      revoke([token(n)])
      await turn()
    }
    assert.equal(seen.length, 300)
  })

  const failures: readonly (readonly [
    what: string,
    fails: () => Promise<Revocation>,
    says: RegExp,
  ])[] = [
    [
      'is away',
      () => Promise.reject(new DependencyError('provider', 'Cannot ask: nobody is there')),
      /Cannot ask: nobody is there/,
    ],
    ['meets a bug', () => Promise.reject(new TypeError('canary-0')), /a bug in Attaché/],
    ['refuses', async () => ({ kind: 'refused', detail: 'unsupported' }), /unsupported/],
  ]
  for (const [what, fails, says] of failures) {
    it(`says so in the log, and repeats no token, when the provider ${what}`, async () => {
      const { revoke, lines } = known(fails)
      revoke([token(0)])
      await until(() => lines.length > 0)
      assert.match(lines.join(), says)
      assert.doesNotMatch(lines.join(), /canary/)
    })
  }

  it('says nothing where the provider wants no revocation', async () => {
    const { revoke, lines } = known(async () => ({ kind: 'not-offered' }))
    revoke([token(0)])
    await turn()
    assert.deepEqual(lines, [])
  })
})

describe('the revocation endpoint of a hostile provider', () => {
  let provider: HostileProvider
  /** What came to a server that no token is meant for. */
  let strangers: string[]
  const stranger = createServer((request, response) => {
    strangers.push(request.url ?? '')
    response.end()
  })
  let strange: string
  before(async () => {
    provider = await startHostileProvider()
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    strange = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
  })
  after(async () => {
    await provider.close()
    stranger.close()
  })
  beforeEach(() => {
    strangers = []
  })

  async function revoke(
    endpoint: unknown,
    issuer = issuerConfig({ url: provider.url, allowHttp: true }),
  ) {
    provider.setMetadata({ revocation_endpoint: endpoint })
    const issuers = createIssuers([issuer], { now: Date.now, log: silent })
    const clientAuthentication = { method: 'client_secret_post', clientSecret } as const
    const config = signInConfig({ providers: [providerConfig({ issuer, clientAuthentication })] })
    try {
      return await createProviders(config, issuers).get('dex')?.client.revoke('canary')
    } finally {
      await issuers.close()
    }
  }

  for (const endpoint of [undefined, null, 42, [], {}]) {
    it(`is none when it is ${JSON.stringify(endpoint)}`, async () => {
      assert.deepEqual(await revoke(endpoint), { kind: 'not-offered' })
    })
  }

  for (const endpoint of ['', '/revoke', 'revoke', 'ftp://127.0.0.1/x', 'javascript:1']) {
    it(`is not asked when it is "${endpoint}"`, async () => {
      assert.equal((await revoke(endpoint))?.kind, 'not-believed')
      assert.equal(provider.tokenCalls(), 0)
    })
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`leads nowhere else with ${status}`, async () => {
      provider.setTokenEndpoint((response) => {
        response.writeHead(status, { location: `${strange}/steal` }).end()
      })
      assert.equal((await revoke(`${provider.url}/token`))?.kind, 'not-believed')
      assert.deepEqual(strangers, [])
    })
  }

  it('is not asked over plain HTTP by an issuer that is https', async () => {
    const issuer = issuerConfig()
    const sent: unknown[] = []
    const issuers: Issuers = {
      get: () => ({
        config: issuer,
        metadata: async () => ({
          issuer: issuer.url,
          jwks_uri: `${issuer.url}/jwks`,
          token_endpoint: `${issuer.url}/token`,
          revocation_endpoint: `${strange}/revoke`,
        }),
        fetch: async (input) => {
          sent.push(input)
          return new Response()
        },
      }),
      verifyToken: async () => ({ kind: 'no-credential' }),
      missing: () => [],
      close: async () => {},
    }
    const config = signInConfig({ providers: [providerConfig({ issuer })] })
    const answer = await createProviders(config, issuers).get('dex')?.client.revoke('canary')
    assert.equal(answer?.kind, 'not-believed')
    assert.deepEqual([sent, strangers], [[], []])
  })

  it('gets the token, the hint and the proof of the client, and nothing else', async () => {
    provider.setTokenEndpoint((response) => void response.end('<p>whatever'))
    assert.deepEqual(await revoke(`${provider.url}/token`), { kind: 'revoked' })
    assert.deepEqual(provider.lastCall('token')?.form, {
      token: 'canary',
      token_type_hint: 'refresh_token',
      client_id: 'attache',
      client_secret: clientSecret,
    })
  })
})
