/**
 * The gateway sends `/oauth2/*` straight to the port `pages`, without a check: people sign in there as they
 * do inside the check, and nobody gets anything else of it.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Attache, startAttache } from '../support/attache.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import type { Edit } from '../support/example-envoy.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
  signInFrom,
} from '../support/gateway-browser.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { envoy } from '../support/parts.ts'
import { http1Bytes, http1Request, type RawResponse, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed, values } from '../support/wire.ts'
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

/** What an operator adds to the example: a cluster, and a route past ext_authz. */
function straightTo(port: number): readonly Edit[] {
  const perRoute = 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute'
  const filters = { 'envoy.filters.http.ext_authz': { '@type': perRoute, disabled: true } }
  const route = {
    match: { prefix: '/oauth2/' },
    route: { cluster: 'pages' },
    typed_per_filter_config: filters,
  }
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  const cluster = {
    name: 'pages',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'pages',
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  }
  const last = '              - match: { prefix: / }\n'
  return [
    [last, `              - ${JSON.stringify(route)}\n${last}`],
    ['  clusters:\n', `  clusters:\n  - ${JSON.stringify(cluster)}\n`],
  ]
}

/** Lines that would tell an upstream who somebody is. */
const identity = /^(x-forwarded-(user|groups|email)|authorization|impersonate-.*|kubeflow-.*)$/

describe('the pages port', { skip: binary.skip }, () => {
  let provider: Issuer
  let attache: Attache
  let fronts: Fronts

  before(async () => {
    provider = await startIssuer({
      clientID: 'platform',
      clientSecret,
      externalURL: externalURLs,
      people: Object.entries(people).map(([login, claims]) => ({ login, claims })),
    })
    attache = await startAttache({
      ...browserConfig({ providers: { company: provider.url } }),
      listen: { pages: '127.0.0.1:0' },
    })
    fronts = await startFronts({
      binary: binary.get(),
      replicas: [attache],
      plain: true,
      edits: straightTo(attache.ports.pages),
    })
  })
  after(async () => {
    for (const transport of transports) await fronts[transport].stop()
    await attache.stop()
    await provider.close()
  })

  const signIn = async (transport: 'grpc' | 'http'): Promise<GatewayBrowser> => {
    const browser = createGatewayBrowser(fronts[transport].port, hosts[transport])
    const signedIn = await signInFrom(browser, { provider, path: '/app?a=b' })
    assert.equal(locationOf(signedIn).href, `https://${hosts[transport]}/app?a=b`)
    return browser
  }

  for (const transport of transports) {
    it(`signs in and out when the gateway does not ask for it (${transport})`, async () => {
      const begun = attache.logLines().length
      const browser = await signIn(transport)
      const callbacks = attache
        .logLines()
        .slice(begun)
        .filter(({ path }) => path === '/oauth2/callback')
      assert.deepEqual(
        callbacks.map((line) => line['transport']),
        ['direct'],
      )
      assert.equal((await browser.fetch('/app')).status, 200)
      // Its own status: nothing there takes a 200 for a yes.
      const userinfo = await browser.fetch('/oauth2/userinfo')
      assert.equal(userinfo.status, 200)
      assert.match(userinfo.body, /alice@example\.com/)
      const style = await browser.fetch('/oauth2/style.css')
      assert.equal(style.status, 200)
      const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      const asked = await browser.fetch('/oauth2/sign_out', { method: 'POST', headers: foreign })
      assert.equal(asked.status, 200)
      assert.equal((await browser.fetch('/app')).status, 200)
      const signedOut = await browser.navigate('/oauth2/sign_out')
      assert.equal(locationOf(signedOut).origin, provider.url)
      assert.equal((await browser.fetch('/app')).status, 401)
    })
  }

  it('is no check: whatever is asked there, nobody is let in and no identity comes back', async () => {
    const browser = await signIn('grpc')
    const token = await provider.mint(people.alice)
    const credentials = [
      ['cookie', cookieHeader(browser.jar()) ?? ''],
      ['authorization', `Bearer ${token}`],
    ] as const
    const paths = [
      ...['/', '/app', '/admin', '/public/x', '/envoy.service.auth.v3.Authorization/Check'],
      ...['/check', '/oauth2', '/oauth2/', '/oauth2/unknown', '/oauth2//userinfo', '/logout/x'],
      ...['/oauth2/../app', '/oauth2/%2e%2e/app', '/app/oauth2/userinfo', '//oauth2/userinfo'],
    ]
    for (const credential of credentials) {
      for (const path of paths) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const response = await http1Request(attache.ports.pages, {
            method,
            path,
            host: hosts.grpc,
            headers: [credential],
          })
          assert.ok(response.status >= 400, `${method} ${path}: ${response.status}`)
          assert.deepEqual(linesNamed(response.lines, identity), [])
          assert.deepEqual(linesNamed(response.lines, /^x-envoy-auth-/), [])
          assert.doesNotMatch(response.body, /alice/)
        }
      }
    }
    // Nor is a bearer token a session there.
    const [, bearer] = credentials
    const who = await http1Request(attache.ports.pages, {
      path: '/oauth2/userinfo',
      host: hosts.grpc,
      headers: [
        bearer,
        ['x-forwarded-user', 'root'],
        ['x-attache-requested-impersonate-user', 'root'],
      ],
    })
    assert.equal(who.status, 401)
  })

  const hostile: Readonly<Record<string, Buffer | string>> = {
    'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'no host': 'GET /oauth2/userinfo HTTP/1.1\r\n\r\n',
    'two hosts': 'GET /oauth2/userinfo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'an absolute form': `GET http://evil.example/oauth2/start HTTP/1.1\r\nHost: ${hosts.grpc}\r\n\r\n`,
    'a tunnel': `CONNECT ${hosts.grpc}:443 HTTP/1.1\r\nHost: ${hosts.grpc}\r\n\r\n`,
    'an upgrade': http1Bytes({
      path: '/oauth2/userinfo',
      host: hosts.grpc,
      headers: ['Connection: Upgrade', 'Upgrade: websocket'],
    }),
    'two lengths': `POST /oauth2/sign_out HTTP/1.1\r\nHost: ${hosts.grpc}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    'a length and chunks': `POST /oauth2/sign_out HTTP/1.1\r\nHost: ${hosts.grpc}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    '64 KiB of cookies': http1Bytes({
      path: '/oauth2/userinfo',
      host: hosts.grpc,
      headers: [['Cookie', `__Host-attache=${'A'.repeat(65_536)}`]],
    }),
    'a megabyte of form': http1Bytes({
      method: 'POST',
      path: '/oauth2/sign_out',
      host: hosts.grpc,
      body: 'a'.repeat(1_048_576),
    }),
    'bytes that are no text in the path': `GET /oauth2/\xff\xfe?rd=\x01 HTTP/1.1\r\nHost: ${hosts.grpc}\r\n\r\n`,
    'another host': http1Bytes({ path: '/oauth2/start', host: 'evil.example' }),
    'an issuer’s logout where none may': http1Bytes({
      method: 'POST',
      path: '/oauth2/backchannel_logout',
      host: hosts.grpc,
      headers: ['Content-Type: application/x-www-form-urlencoded'],
      body: 'logout_token=x',
    }),
  }

  for (const [what, bytes] of Object.entries(hostile)) {
    it(`gives nothing for ${what}, and goes on`, async () => {
      const response: RawResponse = await sendBytes(attache.ports.pages, bytes)
      assert.ok(response.status === 0 || response.status >= 400, String(response.status))
      assert.deepEqual(values(response.lines, 'set-cookie'), [])
      assert.deepEqual(values(response.lines, 'location'), [])
      const next = { path: '/oauth2/style.css', host: hosts.grpc }
      assert.equal((await http1Request(attache.ports.pages, next)).status, 200)
    })
  }

  it('does not wait for a request that never ends', async () => {
    const slow = Array.from({ length: 50 }, () => {
      const socket = connect(attache.ports.pages, '127.0.0.1')
      socket.on('error', () => socket.destroy())
      socket.write('POST /oauth2/sign_out HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\na')
      return socket
    })
    const next = { path: '/oauth2/style.css', host: hosts.grpc }
    assert.equal((await http1Request(attache.ports.pages, next)).status, 200)
    for (const socket of slow) socket.destroy()
  })
})
