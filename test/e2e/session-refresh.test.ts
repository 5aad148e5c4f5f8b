/**
 * ID tokens that live for seconds, and refresh tokens for one use, through Envoys and several replicas: each
 * refresh is one call, whoever asks at the same time succeeds, and what the provider says then counts.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
  signInFrom,
} from '../support/gateway-browser.ts'
import { envoy } from '../support/parts.ts'
import type { TestProvider } from '../support/provider.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { part, skipWithout } from '../support/require.ts'
import { utf8, values } from '../support/wire.ts'
import {
  type BrowserConfig,
  browserConfig,
  type Front,
  type Fronts,
  hosts,
  people,
  startFronts,
  startPeopleProvider,
  transports,
} from './browser-bed.ts'
import type { Shown } from './page-upstream.ts'

const binary = await part('Envoy', async () => envoy())
const server = await part('Redis', async () => redisServer())

const parse: (text: string) => Shown = JSON.parse
const shownBy = ({ body }: RawResponse) => parse(utf8(body))

/** Whom each test signs in with, so that the calls of one are not those of another. */
const providerNames = ['grpc', 'http', 'disabled', 'failing'] as const

type Providers = Readonly<Record<(typeof providerNames)[number], TestProvider>>

async function startProviders(): Promise<Providers> {
  return {
    grpc: await start(),
    http: await start(),
    disabled: await start(),
    failing: await start(),
  }
}

async function start(): Promise<TestProvider> {
  return startPeopleProvider({ refreshTokens: 'one-time', ttlSeconds: { idToken: 8 } })
}

/** The ID token goes on to the application, so it must not have ended; elsewhere a token of our own does. */
const routes = [
  { match: { paths: ['/own/*'] }, identity: 'headers', authorization: 'identityToken' },
  { identity: 'headers', authorization: 'token' },
]
const identityToken = {
  issuer: 'https://platform.example.test',
  audience: 'platform',
  keysFile: 'identity-keys.json',
}
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const identityKeys = {
  keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'i1', alg: 'ES256' }],
}

/** The configuration of these tests, for replicas. */
function configOf(options: Pick<BrowserConfig, 'providers' | 'redisURL' | 'session'>) {
  const { config, files } = browserConfig({ ...options, routes, more: { identityToken } })
  const keys = { [identityToken.keysFile]: JSON.stringify(identityKeys) }
  return { config, files: { ...files, ...keys } }
}

const claimsOf = (response: RawResponse) =>
  decodeJwt(shownBy(response).authorization?.replace('Bearer ', '') ?? '')

const refreshesOf = (provider: TestProvider) =>
  provider.calls('token').filter(({ grantType }) => grantType === 'refresh_token').length

interface Person extends GatewayBrowser {
  /** Resolves when the session is to be refreshed. */
  readonly due: () => Promise<void>
}

interface SignInOptions {
  readonly front: Front
  readonly transport: Transport
  readonly providers: Providers
  readonly at: (typeof providerNames)[number]
  readonly login: string
}

async function signIn(options: SignInOptions): Promise<Person> {
  const { front, transport, providers, at, login } = options
  const browser = createGatewayBrowser(front.port, hosts[transport])
  const path = `/oauth2/start?rd=/app&provider=${at}`
  await signInFrom(browser, { provider: providers[at].newBrowser(), login, path })
  return {
    ...browser,
    due: async () => {
      const told = await browser.fetch('/oauth2/userinfo')
      const read: (text: string) => { readonly refreshesAt: string } = JSON.parse
      await delay(Math.max(0, Date.parse(read(told.body).refreshesAt) - Date.now()) + 20)
    },
  }
}

interface AtOnceOptions {
  readonly front: Front
  readonly transport: Transport
  readonly browser: GatewayBrowser
  readonly path?: string
}

/** That many requests of one page at once, all with the cookies that it has now. */
async function atOnce(
  count: number,
  { front, transport, browser, path = '/app' }: AtOnceOptions,
): Promise<readonly RawResponse[]> {
  const cookie = cookieHeader(browser.jar()) ?? ''
  const headers = [['cookie', cookie]] as const
  return Promise.all(
    Array.from({ length: count }, async (_, n) =>
      http1Request(front.port, { path: `${path}/${n}`, host: hosts[transport], headers }),
    ),
  )
}

const statuses = (responses: readonly RawResponse[]) => [
  ...new Set(responses.map(({ status }) => status)),
]

const skipShared = skipWithout(binary, server)

describe('refresh with Redis and three replicas', { skip: skipShared }, () => {
  let providers: Providers
  let redis: Redis
  let replicas: readonly Attache[]
  let fronts: Fronts

  before(async () => {
    providers = await startProviders()
    redis = await startRedis({ server: server.get() })
    const urls = Object.fromEntries(providerNames.map((name) => [name, providers[name].url]))
    const config = configOf({ providers: urls, redisURL: redis.url })
    replicas = await Promise.all([1, 2, 3].map(async () => startAttache(config)))
    fronts = await startFronts({ binary: binary.get(), replicas, plain: true })
  })
  after(async () => {
    for (const transport of transports) await fronts[transport].stop()
    for (const replica of replicas) await replica.stop()
    await redis.stop()
    for (const name of providerNames) await providers[name].close()
  })

  describe('when it is due', { concurrency: true }, () => {
    for (const transport of transports) {
      it(`makes one call for 50 requests at once, which all get through with the new groups (${transport})`, async () => {
        const front = fronts[transport]
        const provider = providers[transport]
        const browser = await signIn({ front, transport, providers, at: transport, login: 'alice' })
        const first = shownBy(await browser.fetch('/app'))
        assert.equal(first.groups, 'team-a,admins')
        assert.deepEqual(claimsOf(await browser.fetch('/own/x'))['groups'], ['team-a', 'admins'])
        provider.setClaims('alice', { ...people.alice, groups: ['team-z'] })
        for (const round of [1, 2]) {
          await browser.due()
          // Not yet where the ID token goes on: one that ends while another replica refreshes is a 503.
          const responses = await atOnce(50, { front, transport, browser, path: '/own' })
          assert.deepEqual(statuses(responses), [200])
          assert.equal(refreshesOf(provider), round)
          for (const one of responses) {
            assert.equal(shownBy(one).groups, 'team-z')
            assert.deepEqual(claimsOf(one)['groups'], ['team-z'])
          }
          const sentAtMs = Date.now()
          // On every replica, and the new ID token goes on.
          const more = await atOnce(6, { front, transport, browser })
          assert.deepEqual(statuses(more), [200])
          for (const one of more) {
            assert.equal(shownBy(one).groups, 'team-z')
            const { exp = 0 } = claimsOf(one)
            assert.ok(exp * 1000 > sentAtMs, 'the token that went on had ended')
          }
        }
        const answered = replicas.map(
          (replica) => replica.logLines().filter(({ msg }) => msg === 'check answered').length,
        )
        for (const count of answered) assert.ok(count > 0, `replicas answered ${answered.join()}`)
      })
    }

    it('ends the session when the provider has disabled the person', async () => {
      const transport = 'grpc'
      const front = fronts.grpc
      const browser = await signIn({ front, transport, providers, at: 'disabled', login: 'bob' })
      assert.equal((await browser.fetch('/app')).status, 200)
      await providers.disabled.revoke('bob')
      await browser.due()
      const responses = await atOnce(20, { front, transport, browser })
      assert.deepEqual(statuses(responses), [401])
      for (const { lines } of responses) assert.deepEqual(values(lines, 'set-cookie'), [])
      assert.equal(refreshesOf(providers.disabled), 1)
      const asked = await browser.navigate('/oauth2/start?provider=disabled')
      assert.equal(locationOf(asked).origin, providers.disabled.url)
    })

    it('logs nobody out when the provider fails, in any way', async () => {
      const provider = providers.failing
      const front = fronts.http
      const transport = 'http'
      const begin = async () =>
        signIn({ front, transport, providers, at: 'failing', login: 'alice' })
      const faults = { error: await begin(), garbage: await begin(), reset: await begin() }
      await faults.reset.due()
      for (const fault of ['error', 'garbage', 'reset'] as const) {
        provider.fail('token', fault)
        const browser = faults[fault]
        const cookies = cookieHeader(browser.jar())
        const begun = refreshesOf(provider)
        const responses = await atOnce(10, { front, transport, browser, path: '/own' })
        assert.ok(refreshesOf(provider) > begun)
        assert.deepEqual(statuses(responses), [200])
        for (const { lines } of responses) assert.deepEqual(values(lines, 'set-cookie'), [])
        assert.equal(cookieHeader(browser.jar()), cookies)
      }
      provider.mend()
    })
  })

  it('tells nobody what the tokens are', async () => {
    const secrets = providerNames
      .flatMap((name) => providers[name].calls('token'))
      .flatMap((call) => call.secrets)
    assert.ok(secrets.length >= 10)
    for (const replica of replicas) {
      const metrics = await fetch(`http://127.0.0.1:${replica.ports.admin}/metrics`)
      const told = replica.output() + (await metrics.text())
      for (const secret of secrets) assert.ok(!told.includes(secret), secret.slice(0, 8))
    }
  })
})

describe('refresh in cookies', { skip: binary.skip, concurrency: true }, () => {
  let providers: Providers
  let attache: Attache
  let fronts: Fronts

  before(async () => {
    providers = await startProviders()
    const urls = Object.fromEntries(providerNames.map((name) => [name, providers[name].url]))
    attache = await startAttache(
      configOf({ providers: urls, session: { cookie: { refresh: true } } }),
    )
    fronts = await startFronts({ binary: binary.get(), replicas: [attache], plain: true })
  })
  after(async () => {
    for (const transport of transports) await fronts[transport].stop()
    await attache.stop()
    for (const name of providerNames) await providers[name].close()
  })

  for (const transport of transports) {
    it(`brings the new cookie with what is allowed, and makes one call (${transport})`, async () => {
      const front = fronts[transport]
      const provider = providers[transport]
      const browser = await signIn({ front, transport, providers, at: transport, login: 'alice' })
      provider.setClaims('alice', { ...people.alice, groups: ['team-z'] })
      await browser.due()
      const responses = await atOnce(20, { front, transport, browser, path: '/own' })
      assert.deepEqual(statuses(responses), [200])
      assert.equal(refreshesOf(provider), 1)
      for (const one of responses) {
        assert.equal(shownBy(one).groups, 'team-z')
        assert.ok(values(one.lines, 'set-cookie').length > 0, 'no new cookie')
      }
      // Whoever still has the old one is offered the new one, and with it the next refresh works.
      assert.equal(shownBy(await browser.fetch('/app')).groups, 'team-z')
      assert.equal(values((await browser.fetch('/app')).lines, 'set-cookie').length, 0)
      await browser.due()
      assert.equal((await browser.fetch('/app')).status, 200)
      assert.equal(refreshesOf(provider), 2)
    })
  }

  it('is not offered to a request that is denied', async () => {
    const { http: front } = fronts
    const options = { front, transport: 'http', providers, at: 'disabled', login: 'alice' } as const
    const browser = await signIn(options)
    await browser.due()
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const denied = await browser.fetch('/app', { method: 'POST', headers })
    assert.equal(denied.status, 403)
    assert.deepEqual(values(denied.lines, 'set-cookie'), [])
    const allowed = await browser.fetch('/app')
    assert.equal(allowed.status, 200)
    assert.ok(values(allowed.lines, 'set-cookie').length > 0)
    assert.equal(refreshesOf(providers.disabled), 1)
  })
})
