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
