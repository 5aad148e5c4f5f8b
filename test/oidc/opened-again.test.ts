import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import type { SignInConfig } from '../../src/config/browser-types.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { type Browser, createBrowser, locationOf } from '../support/sign-in-browser.ts'

describe('a sign-in that has succeeded', () => {
  let provider: TestProvider
  let issuers: Issuers
  let config: SignInConfig

  before(async () => {
    provider = await startProvider({
      clientID: 'attache',
      externalURL: new URL('https://app.example.com'),
      people: [{ login: 'alice', claims: {} }],
    })
    const issuer = issuerConfig({ url: provider.url, allowHttp: true })
    issuers = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
    config = signInConfig({ providers: [providerConfig({ issuer })] })
  })

  after(async () => {
    await issuers.close()
    await provider.close()
  })

  const browser = (session = sessionConfig()): Browser =>
    createBrowser({ config, session, issuers })

  it('leads on once more after it has succeeded, and makes no token call', async () => {
    const at = browser()
    const began = await at.begin('/wanted?x=1')
    const location = await provider.signIn(locationOf(began), 'alice')
    assert.equal((await at.callback(location)).status, 302)
    const jar = at.jar()
    const again = await at.callback(location)
    assert.equal(again.status, 302)
    assert.equal(locationOf(again).href, 'https://app.example.com/wanted?x=1')
    assert.equal(again.event, undefined)
    assert.deepEqual(at.jar(), jar)
  })

  it('shows who is signed in when nobody knows any more where it led', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    await at.callback(location)
    at.setJar(new Map([...at.jar()].filter(([name]) => !name.includes('-s-'))))
    const again = await at.callback(location)
    assert.equal(again.status, 200)
    assert.match(again.body, /alice/)
  })

  it('is not begun a third time by itself for a browser that loses the session', async () => {
    const at = browser()
    const round = async () => {
      await at.callback(await provider.signIn(locationOf(await at.begin('/wanted')), 'alice'))
      at.setJar(new Map([...at.jar()].filter(([name]) => name !== '__Host-attache')))
    }
    await round()
    await round()
    const jar = at.jar()
    const reply = await at.begin('/wanted')
    assert.equal(reply.status, 400)
    assert.deepEqual(reply.event, {
      name: 'sign-in-failed',
      detail: 'no-cookies: the session does not come back',
    })
    assert.match(reply.body, /href="\/oauth2\/start\?rd=%2Fwanted"/)
    assert.deepEqual(at.jar(), jar)
    // For another page, or when somebody asks for it, it is.
    assert.equal((await at.begin('/other')).status, 302)
    assert.equal((await at.open('start', '/oauth2/start?rd=/wanted')).status, 302)
  })

  it('leads on by a page of ours where the cookie is Strict and does not come along', async () => {
    const { cookie } = sessionConfig()
    const at = browser(sessionConfig({ cookie: { ...cookie, sameSite: 'strict' } }))
    const location = await provider.signIn(locationOf(await at.begin('/wanted')), 'alice')
    await at.callback(location)
    at.setJar(new Map([...at.jar()].filter(([name]) => name !== '__Host-attache')))
    const again = await at.callback(location)
    assert.equal(again.status, 200)
    assert.match(again.body, /content="0;url=https:\/\/app\.example\.com\/wanted"/)
  })
})
