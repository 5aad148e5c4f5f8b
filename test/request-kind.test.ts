import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  isNavigation,
  isPreflight,
  mayUseCookie,
  strangeConnectionOption,
} from '../src/request-kind.ts'
import { checkInput } from './support/check-input.ts'

const html = 'text/html,application/xhtml+xml;q=0.9'

const navigations = [
  { headers: { 'sec-fetch-mode': 'navigate' }, is: true },
  { headers: { accept: html }, is: true },
  { headers: { accept: 'application/json, TEXT/HTML ;q=0.1' }, is: true },
  { method: 'HEAD', headers: { accept: html }, is: true },
  { method: 'POST', headers: { 'sec-fetch-mode': 'navigate' }, is: false },
  { method: 'get', headers: { accept: html }, is: false },
  { headers: { accept: html, 'sec-fetch-mode': 'cors' }, is: false },
  { headers: { accept: html, 'sec-fetch-mode': 'no-cors' }, is: false },
  { headers: { accept: html, 'x-requested-with': 'XMLHttpRequest' }, is: false },
  { headers: { accept: html, authorization: 'Bearer x' }, is: false },
  { headers: { accept: html, upgrade: 'websocket', connection: 'Upgrade' }, is: false },
  { headers: { accept: '*/*' }, is: false },
  { headers: { accept: 'text/htmlx' }, is: false },
  { headers: { accept: 'application/json' }, is: false },
  { headers: {}, is: false },
]

const chromePage =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
const safariPage = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const fetchMetadata = (mode: string, dest: string) => ({
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': mode,
  'sec-fetch-dest': dest,
})

/**
 * What browsers send, by kind of request; over plain http, as in Kubeflow's default, without Fetch Metadata,
 * which they keep for origins that they trust.
 */
const browserRequests: readonly {
  readonly what: string
  readonly method?: string
  readonly accept: string
  readonly metadata: Readonly<Record<string, string>>
  readonly more?: Readonly<Record<string, string>>
  readonly is: boolean
}[] = [
  {
    what: 'a page in Chrome',
    accept: chromePage,
    metadata: { ...fetchMetadata('navigate', 'document'), 'sec-fetch-user': '?1' },
    more: { 'upgrade-insecure-requests': '1' },
    is: true,
  },
  {
    what: 'a page in Safari',
    accept: safariPage,
    metadata: fetchMetadata('navigate', 'document'),
    is: true,
  },
  {
    what: 'a frame',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'iframe'),
    is: true,
  },
  {
    what: 'an object',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'object'),
    is: true,
  },
  {
    what: 'a form that is sent by POST',
    method: 'POST',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'document'),
    more: { origin: 'https://app.example.com' },
    is: false,
  },
  { what: 'fetch()', accept: '*/*', metadata: fetchMetadata('cors', 'empty'), is: false },
  {
    what: 'fetch() to another origin that sees nothing',
    accept: '*/*',
    metadata: fetchMetadata('no-cors', 'empty'),
    is: false,
  },
  {
    what: 'a service worker that fetches',
    accept: '*/*',
    metadata: fetchMetadata('same-origin', 'serviceworker'),
    is: false,
  },
  {
    what: 'XMLHttpRequest of axios',
    accept: 'application/json, text/plain, */*',
    metadata: fetchMetadata('cors', 'empty'),
    is: false,
  },
  {
    what: 'XMLHttpRequest of jQuery that wants HTML',
    accept: 'text/html, */*; q=0.01',
    metadata: fetchMetadata('cors', 'empty'),
    more: { 'x-requested-with': 'XMLHttpRequest' },
    is: false,
  },
  {
    what: 'EventSource',
    accept: 'text/event-stream',
    metadata: fetchMetadata('cors', 'empty'),
    more: { 'cache-control': 'no-cache' },
    is: false,
  },
  {
    what: 'gRPC-Web',
    method: 'POST',
    accept: 'application/grpc-web-text',
    metadata: fetchMetadata('cors', 'empty'),
    more: { 'content-type': 'application/grpc-web-text', 'x-grpc-web': '1' },
    is: false,
  },
  {
    what: 'Connect by GET',
    accept: '*/*',
    metadata: fetchMetadata('cors', 'empty'),
    more: { 'connect-protocol-version': '1' },
    is: false,
  },
  {
    what: 'a WebSocket',
    accept: '*/*',
    metadata: fetchMetadata('websocket', 'empty'),
    more: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' },
    is: false,
  },
  {
    what: 'an image',
    accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
    metadata: fetchMetadata('no-cors', 'image'),
    is: false,
  },
  { what: 'a script', accept: '*/*', metadata: fetchMetadata('no-cors', 'script'), is: false },
  {
    what: 'a style sheet',
    accept: 'text/css,*/*;q=0.1',
    metadata: fetchMetadata('no-cors', 'style'),
    is: false,
  },
  { what: 'a font', accept: '*/*', metadata: fetchMetadata('cors', 'font'), is: false },
  { what: 'a manifest', accept: '*/*', metadata: fetchMetadata('cors', 'manifest'), is: false },
  {
    what: 'sendBeacon()',
    method: 'POST',
    accept: '*/*',
    metadata: fetchMetadata('no-cors', 'empty'),
    is: false,
  },
  {
    what: 'a page that Chrome fetches ahead',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'document'),
    more: { 'sec-purpose': 'prefetch', purpose: 'prefetch' },
    is: false,
  },
  {
    what: 'a page that Chrome renders ahead',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'document'),
    more: { 'sec-purpose': 'prefetch;prerender' },
    is: false,
  },
  {
    what: 'a page that Chrome fetches ahead through a proxy',
    accept: chromePage,
    metadata: fetchMetadata('navigate', 'document'),
    more: { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    is: false,
  },
  {
    what: 'a page that an older Firefox fetches ahead',
    accept: safariPage,
    metadata: {},
    more: { 'x-moz': 'prefetch' },
    is: false,
  },
]

const upgrades = [
  { headers: { upgrade: 'websocket', connection: 'Upgrade' }, option: undefined },
  { headers: { upgrade: 'SPDY/3.1', connection: 'keep-alive, Upgrade,close' }, option: undefined },
  {
    headers: { upgrade: 'websocket', connection: 'Upgrade, Impersonate-User' },
    option: 'impersonate-user',
  },
  { headers: { upgrade: 'websocket', connection: 'x,upgrade' }, option: 'x' },
  { headers: { connection: 'Upgrade, authorization' }, option: 'authorization' },
  { headers: { connection: 'Impersonate-User' }, option: undefined },
]

const origin = 'https://app.example.com'
const cookies = [
  { method: 'GET', headers: {}, may: true },
  { method: 'HEAD', headers: { 'sec-fetch-site': 'cross-site' }, may: true },
  { method: 'OPTIONS', headers: {}, may: true },
  { method: 'POST', headers: {}, may: false },
  { method: 'TRACE', headers: {}, may: false },
  { method: 'get', headers: {}, may: false },
  { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' }, may: true },
  { method: 'POST', headers: { 'sec-fetch-site': 'none' }, may: true },
  { method: 'POST', headers: { 'sec-fetch-site': 'same-site' }, may: false },
  { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' }, may: false },
  { method: 'POST', headers: { 'sec-fetch-site': 'same-origin,same-origin' }, may: false },
  { method: 'DELETE', headers: { origin }, may: true },
  { method: 'DELETE', host: 'APP.example.com:443', headers: { origin }, may: true },
  { method: 'DELETE', headers: { origin: 'https://app.example.com:8443' }, may: false },
  { method: 'DELETE', headers: { origin: 'https://evil.example.com' }, may: false },
  { method: 'DELETE', headers: { origin: 'null' }, may: false },
  { method: 'DELETE', headers: { origin: '' }, may: false },
  { method: 'DELETE', host: '', headers: { origin: 'x' }, may: false },
  { method: 'PUT', headers: { origin: 'https://other.example.com' }, may: true },
  { method: 'PUT', headers: { origin: 'https://other.example.com.evil.com' }, may: false },
  { method: 'GET', headers: { upgrade: 'websocket' }, may: false },
  { method: 'GET', headers: { upgrade: 'websocket', origin }, may: true },
  { method: 'GET', headers: { upgrade: 'websocket', origin: 'https://evil.com' }, may: false },
  // Whoever is on the way writes pages of plain http.
  { method: 'POST', headers: { origin: 'http://app.example.com' }, may: false },
  {
    method: 'GET',
    headers: { upgrade: 'websocket', origin: 'http://app.example.com' },
    may: false,
  },
  {
    method: 'POST',
    host: 'localhost:8443',
    headers: { origin: 'http://localhost:8443' },
    may: true,
  },
  { method: 'POST', headers: { origin: 'chrome-extension://app.example.com' }, may: false },
  { method: 'POST', host: '', headers: { origin: 'file://' }, may: false },
  { method: 'POST', headers: { origin: 'https://app.example.com,https://evil.com' }, may: false },
]

describe('isNavigation()', () => {
  for (const { what, method = 'GET', accept, metadata, more, is } of browserRequests) {
    for (const [how, seen] of Object.entries({ https: metadata, 'plain http': {} })) {
      it(`is ${is} for ${what} over ${how}`, () => {
        const headers = { accept, ...seen, ...more }
        assert.equal(isNavigation(checkInput({ method, headers })), is)
      })
    }
  }

  for (const { method = 'GET', headers, is } of navigations) {
    it(`is ${is} for ${method} ${JSON.stringify(headers)}`, () => {
      assert.equal(isNavigation(checkInput({ method, headers })), is)
    })
  }
})

describe('strangeConnectionOption()', () => {
  for (const { headers, option } of upgrades) {
    it(`finds ${option} in ${JSON.stringify(headers)}`, () => {
      assert.equal(strangeConnectionOption(checkInput({ headers })), option)
    })
  }
})

describe('mayUseCookie()', () => {
  for (const { may, host = 'app.example.com', ...rest } of cookies) {
    it(`is ${may} for ${host} ${JSON.stringify(rest)}`, () => {
      const input = checkInput({ ...rest, host })
      const allowedOrigins = ['https://other.example.com']
      assert.equal(mayUseCookie(input, { allowedOrigins, secure: true }), may)
    })
  }

  it('takes a page of plain http where the cookie is one of plain http', () => {
    const headers = { origin: 'http://app.example.com' }
    const input = checkInput({ method: 'POST', headers, host: 'app.example.com' })
    assert.equal(mayUseCookie(input, { allowedOrigins: [], secure: false }), true)
  })
})

describe('isPreflight()', () => {
  const asks = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
  for (const [method, headers, is] of [
    ['OPTIONS', asks, true],
    ['GET', asks, false],
    ['OPTIONS', { origin: 'https://a.example' }, false],
    ['OPTIONS', { 'access-control-request-method': 'PUT' }, false],
    ['OPTIONS', { ...asks, upgrade: 'websocket' }, false],
    ['OPTIONS', { ...asks, connection: 'keep-alive, Upgrade' }, false],
  ] as const) {
    it(`is ${is} for ${method} ${JSON.stringify(headers)}`, () => {
      assert.equal(isPreflight(checkInput({ method, headers })), is)
    })
  }
})
