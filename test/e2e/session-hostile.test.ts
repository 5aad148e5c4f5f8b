/**
 * What has been tried against sessions and sign-in of such systems, through real Envoys with a real Redis
 * (threats L20, L23, L24, L27 to L30, L35).
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
} from '../support/gateway-browser.ts'
import { envoy } from '../support/parts.ts'
import type { TestProvider } from '../support/provider.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { dropClients, setOutOfMemory, setReadOnly } from '../support/redis-faults.ts'
import { redisServer } from '../support/redis-server.ts'
import { settled } from '../support/redis-settled.ts'
import { part, skipWithout } from '../support/require.ts'
import { values } from '../support/wire.ts'
import {
  browserConfig,
  type Fronts,
  hosts,
  startFronts,
  startPeopleProvider,
  transports,
} from './browser-bed.ts'

const binary = await part('Envoy', async () => envoy())
const server = await part('Redis', async () => redisServer())
const skip = skipWithout(binary, server)

const cookieName = '__Host-attache'
const password = `canary${randomUUID()}`

/** Lines that are there to carry a secret. */
const ownLine = /^(set-cookie|location):/i

const carrying = (cookie: string) => ({ headers: { cookie } })

/** Seconds that its cookies are to live. */
const ages = ({ lines }: RawResponse) =>
  values(lines, 'set-cookie').map((line) => /Max-Age=(\d+)/.exec(line)?.[1])

const nowSeconds = () => Math.floor(Date.now() / 1000)

describe('sessions under attack', { skip }, () => {
  let provider: TestProvider
  let redis: Redis
  let replicas: readonly [Attache, Attache]
  let fronts: Fronts
  /** Whatever browsers, providers and the operator keep to themselves. */
  const secrets = new Set([password])
  const answers: RawResponse[] = []

  before(async () => {
    provider = await startPeopleProvider()
    redis = await startRedis({ server: server.get(), password })
    const config = browserConfig({
      providers: { company: provider.url },
      redisURL: redis.url,
      signIn: { backChannelLogout: true },
      session: { absoluteLifetime: '2h' },
    })
    const listen = { pages: '127.0.0.1:0' }
    replicas = [
      await startAttache({ ...config, listen }),
      await startAttache({ ...config, listen }),
    ]
    fronts = await startFronts({ binary: binary.get(), replicas, plain: true })
  })
  after(async () => {
    for (const transport of transports) await fronts[transport].stop()
    for (const replica of replicas) await replica.stop()
    await redis.stop()
    await provider.close()
  })

  const open = (transport: Transport) =>
    createGatewayBrowser(fronts[transport].port, hosts[transport])
  const keep = async (response: Promise<RawResponse>) => {
    const kept = await response
    answers.push(kept)
    return kept
  }
  /** Ends the sign-in that the browser has begun, as that person. */
  const finish = async (browser: GatewayBrowser, login: string, asked: RawResponse) => {
    const back = await provider.newBrowser().signIn(locationOf(asked), login)
    for (const name of ['code', 'state']) secrets.add(back.searchParams.get(name) ?? '')
    return keep(browser.navigate(back.pathname + back.search))
  }
  const signIn = async (transport: Transport, login = 'alice'): Promise<GatewayBrowser> => {
    const browser = open(transport)
    await finish(browser, login, await browser.navigate('/app'))
    assert.equal((await browser.fetch('/app')).status, 200)
    for (const value of browser.jar().values()) secrets.add(value)
    return browser
  }

  /** What a provider sends. */
  const send = async (form: string, replica = replicas[0]) =>
    keep(
      http1Request(replica.ports.pages, {
        method: 'POST',
        path: '/oauth2/backchannel_logout',
        host: hosts.grpc,
        headers: [['content-type', 'application/x-www-form-urlencoded']],
        body: form,
      }),
    )

  /** Resolves when they have, on every replica: each may remember an answer for half a second. */
  const ends = async (browsers: readonly GatewayBrowser[]) => {
    const cookies = browsers.map((browser) => cookieHeader(browser.jar()) ?? '')
    const asked = replicas.flatMap(({ ports }) =>
      cookies.map((cookie) => ({ port: ports.http, headers: [['cookie', cookie]] as const })),
    )
    const isOver = async () => {
      const all = asked.map(async ({ port, headers }) =>
        http1Request(port, { path: '/app', host: hosts.http, headers }),
      )
      return (await Promise.all(all)).every(({ status }) => status === 401)
    }
    await settled('the end of each session', isOver)
  }

  for (const transport of transports) {
    it(`L20: a planted session ends with the sign-in, and is nobody's afterwards (${transport})`, async () => {
      const attacker = await signIn(transport, 'bob')
      const planted = cookieHeader(attacker.jar()) ?? ''
      const victim = open(transport)
      const asked = await victim.navigate('/oauth2/start?rd=/app', carrying(planted))
      const back = await provider.newBrowser().signIn(locationOf(asked), 'alice')
      const running = cookieHeader(victim.jar()) ?? ''
      await victim.navigate(back.pathname + back.search, carrying(`${planted}; ${running}`))
      const own = victim.jar().get(cookieName)
      assert.ok(own !== undefined && !planted.includes(own))
      assert.match((await victim.fetch('/app')).body, /alice@example\.com/)
      await ends([attacker])
      // A sign-in page brings no old session back either.
      assert.equal((await attacker.navigate('/oauth2/sign_in')).status, 302)
    })

    it(`L24: cookies that are no session are none, at bounded cost (${transport})`, async () => {
      const good = (await signIn(transport)).jar().get(cookieName) ?? ''
      const pieces = (count: number, value: string) =>
        Array.from({ length: count }, (_, n) => `${cookieName}.${n}=${value}`).join('; ')
      const cookies = [
        `${cookieName}=`,
        `${cookieName}=${good.slice(0, -1)}`,
        `${cookieName}=${good}A`,
        `${cookieName}=${good}; ${cookieName}=${good.split('').toReversed().join('')}`,
        `${cookieName}.0=${good}; ${cookieName}.99999=x`,
        `${cookieName}.1=${good}`,
        `${cookieName}.0=${good}; ${cookieName}.0=${good}`,
        `${cookieName}_chunks=99999; ${cookieName}=x`,
        pieces(500, 'AAAA'),
        pieces(16, 'A'.repeat(3800)),
        `${cookieName}=${'A'.repeat(60_000)}`,
        `${cookieName}=%00%ff; ${cookieName}.00=1; ${cookieName}.-1=1`,
      ]
      const begun = fronts[transport].upstream.seen.length
      for (const cookie of cookies) {
        const startMs = performance.now()
        const { status, lines } = await keep(open(transport).fetch('/app', carrying(cookie)))
        assert.equal(status, 401, cookie.slice(0, 80))
        assert.deepEqual(values(lines, 'set-cookie'), [])
        assert.ok(performance.now() - startMs < 8000)
        const page = await keep(open(transport).navigate('/app', carrying(cookie)))
        assert.ok([302, 401].includes(page.status), `${page.status} ${cookie.slice(0, 80)}`)
      }
      assert.equal(fronts[transport].upstream.seen.length, begun)
    })

    it(`L28: a callback is read in one way, and at its own host (${transport})`, async () => {
      const browser = open(transport)
      const asked = await browser.navigate('/app')
      const back = await provider.newBrowser().signIn(locationOf(asked), 'alice')
      const query = back.search.slice(1)
      const altered = [
        `${query}&state=x`,
        `${query}&code=x`,
        `${query}&iss=x`,
        query.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example'),
        query.replace(/&?iss=[^&]*/, ''),
      ]
      // Each of them uses the sign-in up, so all come with the cookies that it began with.
      const cookie = cookieHeader(browser.jar()) ?? ''
      for (const one of altered) {
        const path = `/oauth2/callback?${one}`
        const response = await keep(open(transport).navigate(path, carrying(cookie)))
        assert.equal(response.status, 400, one)
        assert.ok(
          !values(response.lines, 'set-cookie').some((line) => line.startsWith(`${cookieName}=`)),
        )
      }
      const elsewhere = transport === 'grpc' ? 'http' : 'grpc'
      const other = await keep(
        open(elsewhere).navigate(back.pathname + back.search, carrying(cookie)),
      )
      assert.equal(other.status, 400)
      const unknown = createGatewayBrowser(fronts[transport].port, 'evil.example')
      const nowhere = await keep(unknown.navigate(back.pathname + back.search, carrying(cookie)))
      assert.ok(nowhere.status >= 400, String(nowhere.status))
      // None of them has spent the code.
      assert.equal((await browser.navigate(back.pathname + back.search)).status, 302)
      assert.equal((await browser.fetch('/app')).status, 200)
    })

    it(`L29: the body of a request without a session reaches nobody (${transport})`, async () => {
      const begun = fronts[transport].upstream.seen.length
      const body = `canary-of-a-form-${randomUUID()}`
      for (const [method, accept] of [
        ['POST', 'text/html'],
        ['POST', 'application/json'],
        ['PUT', '*/*'],
        ['GET', 'text/html'],
      ] as const) {
        const headers = [
          ['accept', accept],
          ['content-type', 'application/x-www-form-urlencoded'],
        ] as const
        const request = { method, path: '/app', host: hosts[transport], headers, body }
        const response = await keep(http1Request(fronts[transport].port, request))
        assert.equal(response.status, method === 'GET' ? 302 : 401)
        assert.ok(!JSON.stringify(response).includes(body))
      }
      assert.equal(fronts[transport].upstream.seen.length, begun)
      // Nor that of somebody who may not do it.
      const bob = cookieHeader((await signIn(transport, 'bob')).jar()) ?? ''
      const signedIn = fronts[transport].upstream.seen.length
      for (const site of ['same-origin', 'cross-site']) {
        const headers = [
          ['cookie', bob],
          ['sec-fetch-site', site],
        ] as const
        const request = { method: 'POST', path: '/admin', host: hosts[transport], headers, body }
        const response = await keep(http1Request(fronts[transport].port, request))
        assert.equal(response.status, 403)
        assert.ok(!JSON.stringify(response).includes(body))
      }
      assert.equal(fronts[transport].upstream.seen.length, signedIn)
      for (const replica of replicas) assert.ok(!replica.output().includes(body))
    })

    it(`L35: a running sign-in lives for minutes, a session for hours (${transport})`, async () => {
      const browser = open(transport)
      const asked = await browser.navigate('/app')
      assert.deepEqual(ages(asked), ['600'])
      const done = await finish(browser, 'alice', asked)
      assert.ok(ages(done).includes('7200'), ages(done).join())
    })
  }

  it('L23: a Redis that is full, read-only or drops its clients signs nobody out, and makes no loop', async () => {
    const browser = await signIn('grpc')
    for (const fault of [setOutOfMemory, setReadOnly]) {
      const begins = open('grpc')
      const asked = await begins.navigate('/app')
      await fault(redis, true)
      assert.equal((await browser.fetch('/app')).status, 200)
      const callback = await finish(begins, 'bob', asked)
      assert.equal(callback.status, 503)
      assert.deepEqual(values(callback.lines, 'location'), [])
      await fault(redis, false)
      assert.equal((await browser.fetch('/app')).status, 200)
    }
    await dropClients(redis)
    for (let count = 0; count < 10; count += 1) {
      assert.ok([200, 503].includes((await browser.fetch('/app')).status))
    }
    await settled('Redis', async () => (await browser.fetch('/app')).status === 200)
  })

  describe('L27: a logout token', () => {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    const claims = () => ({
      iss: provider.url,
      aud: 'platform',
      sub: 'alice',
      iat: nowSeconds(),
      exp: nowSeconds() + 120,
      jti: randomUUID(),
      events,
    })
    const sign = async (changes: Readonly<Record<string, unknown>>) => {
      const token = await provider.sign({ ...claims(), ...changes }, { typ: 'logout+jwt' })
      secrets.add(token)
      return token
    }
    it('is refused with 400 and no-store when anything about it is wrong', async () => {
      const browsers = [await signIn('grpc'), await signIn('http')]
      const good = await sign({})
      const [head = '', payload = '', signature = ''] = good.split('.')
      const none = Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url')
      const forms = [
        '',
        'logout_token=',
        `logout_token=${good}&logout_token=${good}`,
        `logout_token=${head}.${payload}.${signature.slice(0, -4)}AAAA`,
        `logout_token=${none}.${payload}.`,
        `token=${good}`,
      ]
      const changes = [
        { iat: undefined },
        { jti: undefined },
        { nonce: 'n' },
        { aud: 'another' },
        { iss: 'https://evil.example' },
        { sub: undefined },
        { events: undefined },
        { events: { other: {} } },
        { iat: nowSeconds() - 3600 },
        { iat: nowSeconds() + 3600 },
        { exp: nowSeconds() - 3600 },
        { exp: undefined },
      ]
      for (const change of changes) forms.push(`logout_token=${await sign(change)}`)
      for (const form of forms) {
        const { status, lines } = await send(form)
        assert.equal(status, 400, form.slice(0, 40))
        assert.deepEqual(values(lines, 'cache-control'), ['no-store'])
      }
      for (const browser of browsers) assert.equal((await browser.fetch('/app')).status, 200)
    })

    it('of a person ends all sessions of theirs on all replicas, once', async () => {
      const theirs = [await signIn('grpc'), await signIn('http'), await signIn('grpc')]
      const another = await signIn('http', 'bob')
      const form = `logout_token=${await sign({})}`
      assert.equal((await send(form)).status, 200)
      await ends(theirs)
      assert.equal((await another.fetch('/app')).status, 200)
      // Whoever has signed in again since is not signed out by a copy of it, at whichever replica.
      const again = await signIn('grpc')
      for (const replica of replicas) assert.equal((await send(form, replica)).status, 400)
      assert.equal((await again.fetch('/app')).status, 200)
    })
  })

  it('L30: nothing of all this stands in a log, a metric, or an answer', async () => {
    const answered = answers
      .map(({ lines, body }) => [...lines.filter((line) => !ownLine.test(line)), body].join('\n'))
      .join('\n')
    secrets.delete('')
    assert.ok(secrets.size > 20)
    for (const replica of replicas) {
      const metrics = await fetch(`http://127.0.0.1:${replica.ports.admin}/metrics`)
      const readiness = await fetch(`http://127.0.0.1:${replica.ports.admin}/readyz`)
      const told = replica.output() + (await metrics.text()) + (await readiness.text()) + answered
      for (const secret of secrets) assert.ok(!told.includes(secret), secret.slice(0, 12))
    }
  })
})
