/**
 * Redis, the provider, or both are away while people work: whoever can be proven goes on, everybody else hears
 * that it is unavailable; nobody is logged out and nothing is let in; then all heals by itself.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
  signInFrom,
} from '../support/gateway-browser.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { settled } from '../support/redis-settled.ts'
import { part, skipWithout } from '../support/require.ts'
import { values } from '../support/wire.ts'
import {
  browserConfig,
  clientSecret,
  externalURLs,
  type Fronts,
  hosts,
  people,
  startFronts,
  transports,
} from './browser-bed.ts'

const binary = await part('Envoy', async () => envoy())
const server = await part('Redis', async () => redisServer())
const skip = skipWithout(binary, server)

/** What Envoy's client sees of "unavailable". */
const unavailable = { grpc: 503, http: 403 } as const

interface Answer {
  readonly transport: Transport
  readonly response: RawResponse
}

async function readinessOf({ ports }: Attache) {
  const response = await fetch(`http://127.0.0.1:${ports.admin}/readyz`)
  const { missing } = (await response.json()) as { readonly missing: readonly string[] }
  return { status: response.status, missing }
}

/** Sends requests of everybody without a pause until it is told to stop. */
function work(browsers: readonly (readonly [Transport, GatewayBrowser])[]) {
  const answers: Answer[] = []
  const over = new AbortController()
  const all = browsers.map(async ([transport, browser], at) => {
    while (!over.signal.aborted) {
      const response = at % 2 === 0 ? await browser.fetch('/app') : await browser.navigate('/app')
      answers.push({ transport, response })
      await delay(10)
    }
  })
  return {
    answers,
    stop: async () => {
      over.abort()
      await Promise.all(all)
    },
  }
}

describe('people at work', { skip }, () => {
  let provider: Issuer
  let redis: Redis
  let replicas: readonly Attache[]
  let fronts: Fronts

  before(async () => {
    provider = await startIssuer({
      clientID: 'platform',
      clientSecret,
      externalURL: externalURLs,
      people: Object.entries(people).map(([login, claims]) => ({ login, claims })),
      refreshTokens: 'one-time',
    })
    redis = await startRedis({ server: server.get(), keep: true })
    const config = browserConfig({ providers: { company: provider.url }, redisURL: redis.url })
    replicas = await Promise.all([1, 2].map(async () => startAttache(config)))
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

  const signIn = async (transport: Transport, login = 'alice'): Promise<GatewayBrowser> => {
    const browser = open(transport)
    await signInFrom(browser, { provider: provider.newBrowser(), login })
    assert.equal((await browser.fetch('/app')).status, 200)
    return browser
  }
  const missing = async () =>
    Promise.all(replicas.map(async (replica) => (await readinessOf(replica)).missing.join()))
  const isReady = async () =>
    settled('both replicas', async () => (await missing()).every((text) => text === ''))
  /** Everybody, on both transports, before and after. */
  const everybody = async () => {
    const browsers: [Transport, GatewayBrowser][] = []
    for (const transport of transports) {
      for (let count = 0; count < 3; count += 1) {
        browsers.push([transport, await signIn(transport)])
      }
    }
    return browsers
  }

  it('are told that Redis is away, keep their sessions, and go on when it is back', async () => {
    const browsers = await everybody()
    const cookies = browsers.map(([, browser]) => cookieHeader(browser.jar()))
    const { answers, stop } = work(browsers)
    for (let round = 0; round < 2; round += 1) {
      const begun = answers.length
      const isTold = (isRight: (status: number, transport: Transport) => boolean) =>
        transports.every((transport) =>
          answers
            .slice(begun)
            .some((one) => one.transport === transport && isRight(one.response.status, transport)),
        )
      await settled('work', async () => isTold((status) => status === 200))
      await redis.halt()
      await settled('word of it', async () =>
        isTold((status, transport) => status === unavailable[transport]),
      )
      await settled('readiness', async () => (await missing()).every((text) => /Redis/.test(text)))
      await redis.resume()
      await isReady()
    }
    await stop()

    for (const { transport, response } of answers) {
      const { status, lines } = response
      assert.ok([200, unavailable[transport]].includes(status), `${transport} ${status}`)
      assert.deepEqual(values(lines, 'set-cookie'), [])
      assert.deepEqual(values(lines, 'retry-after'), status === 200 ? [] : ['5'])
    }
    for (const [, browser] of browsers) assert.equal((await browser.fetch('/app')).status, 200)
    assert.deepEqual(
      browsers.map(([, browser]) => cookieHeader(browser.jar())),
      cookies,
    )
  })

  for (const transport of transports) {
    it(`hear it in their own form, and nothing is let in (${transport})`, async () => {
      const person = await signIn(transport)
      const signingIn = open(transport)
      const asked = await signingIn.navigate('/app')
      const back = await provider.newBrowser().signIn(locationOf(asked), 'bob')
      const cookies = cookieHeader(person.jar())
      const begun = fronts[transport].upstream.seen.length
      await redis.halt()
      // What was known half a second ago may still count.
      await delay(600)
      const expected = unavailable[transport]

      const page = await person.navigate('/app')
      assert.equal(page.status, expected)
      assert.match(values(page.lines, 'content-type')[0] ?? '', /^text\/html/)
      assert.match(page.body, /class="decision"/)
      const program = await person.fetch('/app')
      assert.equal(program.status, expected)
      assert.match(values(program.lines, 'content-type')[0] ?? '', /^application\/problem\+json/)
      assert.match(program.body, /"type":"unavailable"/)
      for (const path of ['/oauth2/userinfo', '/oauth2/sign_out', '/logout']) {
        const response = await person.navigate(path)
        assert.equal(response.status, expected, path)
        assert.deepEqual(values(response.lines, 'set-cookie'), [], path)
      }
      // A sign-in ends in the same, and can be finished later.
      const callback = await signingIn.navigate(back.pathname + back.search)
      assert.equal(callback.status, expected)
      assert.deepEqual(values(callback.lines, 'set-cookie'), [])
      // A made-up session is nobody's, and not known not to be one.
      const forged = { cookie: `__Host-attache=${'A'.repeat(120)}` }
      const forgery = await open(transport).fetch('/app', { headers: forged })
      assert.ok([401, expected].includes(forgery.status), String(forgery.status))
      assert.equal(fronts[transport].upstream.seen.length, begun)
      // Whoever needs no session needs no Redis.
      const token = await provider.mint(people.alice)
      const headers = [['authorization', `Bearer ${token}`]] as const
      const bearer = { path: '/app', host: hosts[transport], headers }
      assert.equal((await http1Request(fronts[transport].port, bearer)).status, 200)
      assert.equal((await open(transport).fetch('/public/x')).status, 200)
      assert.equal((await open(transport).navigate('/app')).status, 302)

      await redis.resume()
      await isReady()
      assert.equal(cookieHeader(person.jar()), cookies)
      assert.equal((await person.fetch('/app')).status, 200)
      await signIn(transport, 'bob')
    })
  }

  it('go on while the provider is away, and who signs in hears of it', async () => {
    const [grpc, http] = [await signIn('grpc'), await signIn('http')]
    const signingIn = open('grpc')
    const back = await provider
      .newBrowser()
      .signIn(locationOf(await signingIn.navigate('/app')), 'bob')
    await provider.halt()
    assert.equal((await grpc.fetch('/app')).status, 200)
    assert.equal((await http.fetch('/app')).status, 200)
    const callback = await signingIn.navigate(back.pathname + back.search)
    assert.equal(callback.status, unavailable.grpc)
    assert.match(callback.body, /class="decision"/)
    const signedOut = await http.navigate('/oauth2/sign_out')
    assert.ok([203, 303].includes(signedOut.status), String(signedOut.status))
    assert.equal((await http.fetch('/app')).status, 401)
    await provider.resume()
    // The code was never spent.
    assert.equal((await signingIn.navigate(back.pathname + back.search)).status, 302)
    assert.equal((await signingIn.fetch('/app')).status, 200)
  })

  it('wait for both, and a replica that starts meanwhile heals too', async () => {
    const [grpc, http] = [await signIn('grpc'), await signIn('http')]
    await redis.halt()
    await provider.halt()
    const late = await startAttache(
      browserConfig({
        providers: { company: provider.url },
        redisURL: redis.url,
        more: { readiness: { wait: '60s' } },
      }),
    )
    const told = await readinessOf(late)
    assert.equal(told.status, 503)
    assert.match(told.missing.join(), /Redis/)
    assert.ok(told.missing.join().includes(provider.url), told.missing.join())
    await delay(600)
    assert.equal((await grpc.fetch('/app')).status, unavailable.grpc)
    assert.equal((await http.navigate('/app')).status, unavailable.http)
    const stranger = { path: '/app', host: hosts.http, headers: [['accept', 'text/html']] } as const
    assert.equal((await http1Request(late.ports.http, stranger)).status, unavailable.http)

    await provider.resume()
    await redis.resume()
    await isReady()
    await settled('the late replica', async () => (await readinessOf(late)).status === 200)
    assert.equal((await grpc.fetch('/app')).status, 200)
    assert.equal((await http.fetch('/app')).status, 200)
    assert.equal((await http1Request(late.ports.http, stranger)).status, 302)
    await late.stop()
  })
})
