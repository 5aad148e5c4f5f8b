import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts'
import { type Browser, createBrowser, header } from '../support/sign-in-browser.ts'

const hosts = ['kubeflow.example.com', 'localhost:8080', '10.0.0.7:31380', '[::1]:8080']

describe('a redirect URI that is a path', () => {
  let provider: HostileProvider
  let issuers: Issuers

  before(async () => {
    provider = await startHostileProvider()
    const issuer = issuerConfig({ url: provider.url, allowHttp: true })
    issuers = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
  })

  after(async () => {
    await issuers.close()
    await provider.close()
  })

  /** As Kubeflow has it: Dex behind the same gateway, under whatever host people type. */
  function browser(secure = false): Browser {
    const issuer = issuerConfig({ url: provider.url, allowHttp: true })
    const { cookie } = sessionConfig()
    const name = secure ? cookie.name : 'attache'
    return createBrowser({
      config: signInConfig({
        externalURLs: [],
        relativeRedirectURI: true,
        providers: [
          providerConfig({
            issuer,
            authorizationEndpoint: '/dex/auth?connector=ldap',
            endSessionEndpoint: '/dex/logout',
          }),
        ],
      }),
      session: sessionConfig({ cookie: { ...cookie, name, secure } }),
      issuers,
      keepIDToken: true,
    })
  }

  async function signIn(at: Browser, host: string) {
    const began = await at.begin('/pipeline/?ns=a', { host })
    const location = header(began.headers, 'location') ?? ''
    const query = new URLSearchParams(location.split('?')[1])
    provider.setTokenEndpoint(async (response) => {
      const idToken = await provider.idToken({ nonce: query.get('nonce') })
      const tokens = { access_token: 'a', token_type: 'Bearer', id_token: idToken }
      const type = { 'content-type': 'application/json' }
      response.writeHead(200, type).end(JSON.stringify(tokens))
    })
    const answer = new URLSearchParams({ code: 'c', state: query.get('state') ?? '' })
    const path = `/oauth2/callback?${answer.toString()}`
    return { location, query, done: await at.open('callback', path, { host }) }
  }

  for (const host of hosts) {
    it(`is the same to the letter in both requests, and every address a path: ${host}`, async () => {
      const at = browser()
      const { location, query, done } = await signIn(at, host)
      assert.match(location, /^\/dex\/auth\?connector=ldap&/)
      assert.equal(query.get('redirect_uri'), '/oauth2/callback')
      assert.equal(provider.lastCall('token')?.form['redirect_uri'], '/oauth2/callback')
      assert.equal(done.status, 302)
      assert.equal(header(done.headers.slice(0, 1), 'location'), '/pipeline/?ns=a')
      const out = await at.open('sign_out', '/oauth2/sign_out', { host })
      const [path, end = ''] = (header(out.headers.slice(0, 1), 'location') ?? '').split('?')
      assert.equal(path, '/dex/logout')
      const parameters = new URLSearchParams(end)
      assert.equal(parameters.get('post_logout_redirect_uri'), '/oauth2/sign_out')
      assert.ok(parameters.get('id_token_hint'))
    })
  }

  it('does not end at another host than it began at', async () => {
    const at = browser()
    const began = await at.begin('/', { host: 'a.example' })
    const state = new URLSearchParams(header(began.headers, 'location')?.split('?')[1]).get('state')
    const path = `/oauth2/callback?code=c&state=${state}`
    const calls = provider.tokenCalls()
    const reply = await at.open('callback', path, { host: 'b.example' })
    assert.equal(reply.status, 400)
    assert.equal(provider.tokenCalls(), calls)
  })

  it('has no sign-in where the host is none', async () => {
    for (const host of ['', 'a b', 'user@a.example', 'a.example/x', 'a.example,b.example']) {
      const at = browser()
      assert.equal((await at.begin('/', { host })).status, 400)
      assert.equal(at.jar().size, 0)
    }
  })

  it('tells a script where to go after sign-out by a path', async () => {
    const at = browser()
    const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
    const reply = await at.open('logout', '/logout', { method: 'POST', host: 'a.example', headers })
    assert.deepEqual(JSON.parse(reply.body), { afterLogoutURL: '/oauth2/sign_out' })
  })

  const origins: readonly (readonly [
    host: string,
    origin: string,
    secure: boolean,
    asks: boolean,
  ])[] = [
    ['kubeflow:8080', 'http://kubeflow:8080', false, false],
    ['kubeflow:8080', 'http://evil.example', false, true],
    ['app.example.com', 'https://app.example.com', true, false],
    ['app.example.com', 'http://app.example.com', true, true],
    ['localhost:8080', 'http://localhost:8080', true, false],
  ]
  for (const [host, origin, secure, asks] of origins) {
    it(`${asks ? 'asks before' : 'does'} a sign-out from ${origin} at ${host}`, async () => {
      const at = browser(secure)
      await signIn(at, host)
      const size = at.jar().size
      const headers = { origin }
      const reply = await at.open('logout', '/logout', { method: 'POST', host, headers })
      assert.equal(reply.event?.name, asks ? undefined : 'signed-out')
      assert.equal(at.jar().size, asks ? size : 0)
    })
  }
})
