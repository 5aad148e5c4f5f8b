/**
 * ID tokens of five seconds in sessions of twelve hours, through real Envoys: no upstream gets one that has
 * ended, nobody meets a dead end, and what does not need it goes on.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import type { Edit } from '../support/example-envoy.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
  signInFrom,
} from '../support/gateway-browser.ts'
import { envoy } from '../support/parts.ts'
import type { TestProvider } from '../support/provider.ts'
import type { ProviderBrowser } from '../support/provider-browser.ts'
import { openTunnel } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { values } from '../support/wire.ts'
import {
  browserConfig,
  type Front,
  type Fronts,
  hosts,
  people,
  startFront,
  startPeopleProvider,
  transports,
} from './browser-bed.ts'

const binary = await part('Envoy', async () => envoy())

/** Where the session's ID token goes on, in each of the three ways. */
const sending = ['/app', '/forward', '/header'] as const
/** Where nobody needs it. */
const others = ['/own', '/bare'] as const

const under = (path: string) => ({ match: { paths: [path, `${path}/*`] } })
const routes = [
  { ...under('/own'), identity: 'kubeflow', authorization: 'identityToken' },
  { ...under('/bare'), identity: 'kubeflow' },
  { ...under('/forward'), identity: 'forward' },
  { ...under('/header'), identity: 'headers' },
  { identity: 'kubeflow', authorization: 'token' },
]
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const more = {
  headers: { idToken: 'x-id-token' },
  identityToken: {
    issuer: 'http://attache.attache.svc.cluster.local:8082',
    audience: 'platform',
    keysFile: 'identity-keys',
  },
}

/** After this an ID token of five seconds goes on no more, and the provider is asked again. */
const spentMs = 4_100
const retryMs = 10_100

/** What the operator adds to Envoy for a header of another name. */
const mayChange: Edit = [
  'x-forwarded-(user|groups|email)|',
  'x-forwarded-(user|groups|email)|x-id-token|',
]
const mayGoOn: Edit = [
  '- exact: x-forwarded-email\n',
  '- exact: x-forwarded-email\n                    - exact: x-id-token\n',
]

interface Bed {
  readonly fronts: Fronts
  readonly attache: Attache
  /** One for each transport, so that one can be away. */
  readonly providers: Readonly<Record<Transport, TestProvider>>
  readonly stop: () => Promise<void>
}

async function startBed(refreshTokens: 'none' | 'one-time'): Promise<Bed> {
  const options = { refreshTokens, ttlSeconds: { idToken: 5 } }
  const providers = {
    grpc: await startPeopleProvider(options),
    http: await startPeopleProvider(options),
  }
  const { config, files } = browserConfig({
    providers: { grpc: providers.grpc.url, http: providers.http.url },
    session: { cookie: { refresh: true } },
    routes,
    more,
  })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const attache = await startAttache({ config, files: { ...files, 'identity-keys': pem } })
  const front = { binary: binary.get(), replicas: [attache], plain: true }
  const fronts: Fronts = {
    grpc: await startFront({ ...front, transport: 'grpc', edits: [mayChange] }),
    http: await startFront({ ...front, transport: 'http', edits: [mayChange, mayGoOn] }),
  }
  return {
    fronts,
    attache,
    providers,
    stop: async () => {
      for (const transport of transports) await fronts[transport].stop()
      await attache.stop()
      for (const transport of transports) await providers[transport].close()
    },
  }
}

interface Person extends GatewayBrowser {
  /** Its session at the provider, which goes on. */
  readonly provider: ProviderBrowser
}

async function signIn({ fronts, providers }: Bed, transport: Transport): Promise<Person> {
  const browser = createGatewayBrowser(fronts[transport].port, hosts[transport])
  const provider = providers[transport].newBrowser()
  await signInFrom(browser, { provider, path: `/oauth2/start?rd=/app&provider=${transport}` })
  return { ...browser, provider }
}

/** The last request that an upstream got there: whose it was, and with which tokens. */
function lastAt({ upstream }: Front, path: string) {
  const last = upstream.seen.findLast((request) => request.path.startsWith(path))
  assert.ok(last !== undefined)
  const { authorization = '', 'x-id-token': header = '' } = last.headers
  const text = String(header) || authorization.replace('Bearer ', '')
  return { headers: last.headers, claims: text === '' ? undefined : decodeJwt(text) }
}

function webSocket({ port }: Front, browser: GatewayBrowser, transport: Transport, path: string) {
  return openTunnel(port, {
    host: hosts[transport],
    path,
    headers: [
      ['connection', 'Upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['sec-websocket-version', '13'],
      ['sec-fetch-mode', 'websocket'],
      ['sec-fetch-site', 'same-origin'],
      ['origin', `https://${hosts[transport]}`],
      ['cookie', cookieHeader(browser.jar()) ?? ''],
    ],
  })
}

/** A page is no allowed check, which over HTTP only another status than 200 can say. */
const pageStatus: Readonly<Record<Transport, number>> = { grpc: 200, http: 203 }
/** A 5xx of an HTTP check would obey Envoy's failure mode. */
const unavailable: Readonly<Record<Transport, number>> = { grpc: 503, http: 403 }

describe('an ID token that ends in a session', { skip: binary.skip, concurrency: true }, () => {
  describe('without a refresh token', { concurrency: true }, () => {
    let bed: Bed
    before(async () => {
      bed = await startBed('none')
    })
    after(async () => bed.stop())

    for (const transport of transports) {
      it(`leads to sign-in where it is sent on, and nowhere else (${transport})`, async () => {
        const front = bed.fronts[transport]
        const browser = await signIn(bed, transport)
        for (const path of sending) {
          const sentAtMs = Date.now()
          assert.equal((await browser.fetch(path)).status, 200, path)
          const { exp = 0 } = lastAt(front, path).claims ?? {}
          assert.ok(exp * 1000 > sentAtMs)
        }
        await delay(spentMs)
        const seen = front.upstream.seen.length
        for (const path of sending) {
          const script = await browser.fetch(path)
          assert.equal(script.status, 401, path)
          const read: (text: string) => { readonly signIn: string } = JSON.parse
          assert.match(read(script.body).signIn, /\/oauth2\/sign_in$/)
          const form = await browser.fetch(path, { method: 'POST', body: 'a=b' })
          assert.equal(form.status, 401)
          const { response } = await webSocket(front, browser, transport, path)
          assert.equal(response.status, 401)
          const framed = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'same-origin' }
          const frame = await browser.navigate(path, { headers: framed })
          assert.equal(frame.status, pageStatus[transport])
          assert.match(frame.body, /target="_top"/)
          const answers = [script, form, response, frame]
          for (const { lines } of answers) assert.deepEqual(values(lines, 'set-cookie'), [])
          for (const { body, lines } of answers) assert.doesNotMatch(body + lines.join(), /Jwt|eyJ/)
        }
        assert.equal(front.upstream.seen.length, seen, 'an upstream got a request')
        for (const path of others) {
          assert.equal((await browser.fetch(path)).status, 200, path)
          assert.equal(lastAt(front, path).headers['kubeflow-userid'], people.alice.email)
          const tunnel = await webSocket(front, browser, transport, path)
          assert.equal(tunnel.response.status, 101)
          tunnel.close()
        }
        assert.equal(lastAt(front, '/own').claims?.iss, more.identityToken.issuer)
        assert.equal(lastAt(front, '/bare').claims, undefined)
        // Several providers: the page to pick from, as for a session that has ended.
        const picking = await browser.navigate('/app/notebook?x=1')
        assert.equal(picking.status, pageStatus[transport])
        assert.match(picking.body, /start\?[^"]*provider=grpc/)
        // The provider asks nothing any more.
        const path = `/oauth2/sign_in?rd=%2Fapp%2Fnotebook%3Fx%3D1&provider=${transport}`
        const answered = await signInFrom(browser, { provider: browser.provider, path })
        assert.equal(locationOf(answered).href, `https://${hosts[transport]}/app/notebook?x=1`)
        assert.equal((await browser.fetch('/app')).status, 200)
      })
    }
  })

  describe('with a refresh token', { concurrency: true }, () => {
    let bed: Bed
    before(async () => {
      bed = await startBed('one-time')
    })
    after(async () => bed.stop())

    const refreshes = (transport: Transport) =>
      bed.providers[transport]
        .calls('token')
        .filter(({ grantType }) => grantType === 'refresh_token').length

    for (const transport of transports) {
      it(`is renewed, once, with the cookie on whatever asked (${transport})`, async () => {
        const front = bed.fronts[transport]
        const provider = bed.providers[transport]
        const browser = await signIn(bed, transport)
        await delay(spentMs)
        const sentAtMs = Date.now()
        const begun = await Promise.all(sending.map((path) => browser.fetch(path)))
        assert.deepEqual(
          begun.map(({ status }) => status),
          [200, 200, 200],
        )
        assert.equal(refreshes(transport), 1)
        for (const path of sending) {
          const { exp = 0 } = lastAt(front, path).claims ?? {}
          assert.ok(exp * 1000 > sentAtMs)
        }
        for (const { lines } of begun) assert.ok(values(lines, 'set-cookie').length > 0)
        await delay(spentMs)
        // A page whose WebSocket alone is alive: its answer brings the new cookie, too.
        const tunnel = await webSocket(front, browser, transport, '/app/socket')
        assert.equal(tunnel.response.status, 101)
        assert.equal(refreshes(transport), 2)
        assert.ok(values(tunnel.response.lines, 'set-cookie').length > 0)
        tunnel.close()

        await provider.halt()
        await delay(spentMs)
        const seen = front.upstream.seen.length
        const requests = { script: browser.fetch, navigation: browser.navigate }
        for (const [kind, request] of Object.entries(requests)) {
          const answer = await request('/app')
          assert.equal(answer.status, unavailable[transport], kind)
          assert.equal(values(answer.lines, 'retry-after').length, 1)
          assert.deepEqual(values(answer.lines, 'set-cookie'), [])
        }
        assert.equal(front.upstream.seen.length, seen)
        for (const path of others) assert.equal((await browser.fetch(path)).status, 200)
        await provider.resume()
        await delay(retryMs)
        assert.equal((await browser.fetch('/app')).status, 200)

        await provider.revoke('alice')
        await delay(spentMs)
        assert.equal((await browser.fetch('/app')).status, 401)
        assert.equal((await browser.fetch('/own')).status, 401)
        assert.equal((await browser.navigate('/own')).status, pageStatus[transport])
      })
    }
  })
})
