import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { IssuerMetadata } from '../../src/authn/issuer/issuer.ts'
import { DependencyError } from '../../src/errors.ts'
import { providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import {
  browser,
  knownIssuers,
  metadata,
  nowMs,
  program,
  signedIn,
} from '../support/known-provider.ts'
import { createBrowser, locationOf } from '../support/sign-in-browser.ts'

async function withoutEndSession(): Promise<IssuerMetadata> {
  return { ...metadata, end_session_endpoint: undefined }
}

describe('sign_out and the logout paths', () => {
  const harmless: readonly Readonly<Record<string, string>>[] = [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://app.example.com' },
    { origin: 'https://friend.example.com', 'sec-fetch-site': 'same-site' },
  ]
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://app.example.com' },
    { origin: 'https://app.example.com.evil.example' },
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
  ]
  const config = { allowedOrigins: ['https://friend.example.com'] }
  for (const method of ['GET', 'POST']) {
    for (const headers of harmless) {
      it(`end the session at once: ${method} ${JSON.stringify(headers)}`, async () => {
        const at = await signedIn({ config })
        const reply = await at.open('logout', '/logout', { method, headers })
        assert.equal(reply.status, 303)
        assert.deepEqual([...at.jar().keys()], ['other'])
        assert.deepEqual(reply.event, { name: 'signed-out' })
      })
    }
    for (const headers of foreign) {
      it(`ask first: ${method} ${JSON.stringify(headers)}`, async () => {
        const at = await signedIn({ config })
        const reply = await at.open('logout', '/logout', { method, headers })
        assert.equal(reply.status, 200)
        assert.match(reply.body, /href="\/oauth2\/sign_out">Sign out/)
        assert.deepEqual([...at.jar().keys()], ['other', '__Host-attache'])
        assert.equal(reply.event, undefined)
      })
    }
  }

  it('go on to the provider, which leads back', async () => {
    const at = await signedIn()
    const location = locationOf(await at.open('sign_out', '/oauth2/sign_out'))
    assert.equal(location.origin + location.pathname, 'https://issuer.example.com/end')
    const { state = '', ...rest } = Object.fromEntries(location.searchParams)
    assert.match(state, /^[\w.-]{100,300}$/)
    assert.deepEqual(rest, {
      client_id: 'attache',
      post_logout_redirect_uri: 'https://app.example.com/oauth2/sign_out',
    })
  })

  it('go where the configuration says', async () => {
    const providers = [providerConfig({ endSessionEndpoint: '/dex/logout' })]
    const at = await signedIn({ config: { providers } })
    const location = locationOf(await at.open('sign_out', '/oauth2/sign_out'))
    assert.equal(location.origin + location.pathname, 'https://app.example.com/dex/logout')
  })

  const silent: Readonly<Record<string, () => Promise<IssuerMetadata>>> = {
    'has no such endpoint': withoutEndSession,
    'names a useless endpoint': async () => ({ ...metadata, end_session_endpoint: 'nonsense' }),
    'is away': () => Promise.reject(new DependencyError('issuer', 'x')),
  }
  for (const [what, provider] of Object.entries(silent)) {
    it(`end on a page when the provider ${what}`, async () => {
      const at = await signedIn({ metadata: provider })
      const reply = await at.open('sign_out', '/oauth2/sign_out')
      assert.equal(reply.status, 200)
      assert.match(reply.body, /You are signed out/)
      assert.deepEqual([...at.jar().keys()], ['other'])
    })
  }

  it("answer Kubeflow's older dashboards, which POST with a script", async () => {
    const at = await signedIn()
    const headers = { ...program, 'sec-fetch-site': 'same-origin' }
    const reply = await at.open('logout', '/logout', { method: 'POST', headers })
    assert.equal(reply.status, 200)
    assert.match(
      reply.body,
      /^\{"afterLogoutURL":"https:\/\/issuer\.example\.com\/end\?[^"]+"\}\n$/,
    )
    assert.deepEqual([...at.jar().keys()], ['other'])
  })

  it('answer such a script without a session too', async () => {
    const reply = await browser().open('logout', '/logout', { method: 'POST', headers: program })
    const after = { afterLogoutURL: 'https://app.example.com/oauth2/sign_out' }
    assert.deepEqual(JSON.parse(reply.body), after)
  })

  it('end the session in the store before anything else, and say nothing when they cannot', async () => {
    const at = await signedIn()
    const away = new DependencyError('session-store', 'x')
    const { sessions } = at
    const broken = createBrowser({
      config: signInConfig(),
      session: sessionConfig(),
      issuers: knownIssuers(),
      sessions: { ...sessions, end: () => Promise.reject(away) },
    })
    broken.setJar(at.jar())
    await assert.rejects(broken.open('sign_out', '/oauth2/sign_out'), away)
    assert.deepEqual(broken.jar(), at.jar())
  })

  it('ask for the password next time where the provider could not be told', async () => {
    const at = await signedIn({ metadata: withoutEndSession })
    const reply = await at.open('sign_out', '/oauth2/sign_out')
    assert.match(reply.body, /href="\/oauth2\/start\?rd=%2F&amp;prompt=login"/)
    const again = await at.open('sign_out', '/oauth2/sign_out')
    assert.match(again.body, /href="\/oauth2\/start\?rd=%2F"/)
  })

  it('remove pieces of a session that no longer opens', async () => {
    const at = browser()
    at.setJar(
      new Map([
        ['__Host-attache', 'junk'],
        ['__Host-attache.3', 'junk'],
      ]),
    )
    await at.open('sign_out', '/oauth2/sign_out')
    assert.equal(at.jar().size, 0)
  })
})

async function signedOut() {
  const at = await signedIn()
  const location = locationOf(await at.open('sign_out', '/oauth2/sign_out'))
  return { at, state: location.searchParams.get('state') ?? '' }
}

describe('coming back from the provider', () => {
  it('says that the session there has ended too', async () => {
    const { at, state } = await signedOut()
    const { body, event } = await at.open('sign_out', `/oauth2/sign_out?state=${state}`)
    assert.match(body, /Company account/)
    assert.equal(event, undefined)
  })

  const others = {
    'there is no state': () => '',
    'the state is junk': () => '?state=junk',
    'the state was changed': (state: string) => `?state=${state.slice(0, -1)}`,
    'there are two': (state: string) => `?state=x&state=${state}`,
    'it is too long': (state: string) => `?state=${state}${'x'.repeat(2000)}`,
  }
  for (const [what, query] of Object.entries(others)) {
    it(`does not say so when ${what}`, async () => {
      const { at, state } = await signedOut()
      const { status, body } = await at.open('sign_out', `/oauth2/sign_out${query(state)}`)
      assert.equal(status, 200)
      assert.doesNotMatch(body, /Company account/)
    })
  }

  it('does not say so after ten minutes', async () => {
    let now = nowMs
    const at = await signedIn({ now: () => now })
    const location = locationOf(await at.open('sign_out', '/oauth2/sign_out'))
    now += 600_000
    const { body } = await at.open('sign_out', `/oauth2/sign_out${location.search}`)
    assert.doesNotMatch(body, /Company account/)
  })

  it('asks whoever signed in again meanwhile', async () => {
    const { state } = await signedOut()
    const at = await signedIn()
    const jar = at.jar()
    const reply = await at.open('sign_out', `/oauth2/sign_out?state=${state}`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    assert.match(reply.body, /href="\/oauth2\/sign_out"/)
    assert.equal(reply.event, undefined)
    assert.deepEqual(at.jar(), jar)
  })

  it('is no sign-in, nor a sign-in a way back', async () => {
    const { at, state } = await signedOut()
    const began = locationOf(await at.begin('/'))
    const swapped = await at.open('callback', `/oauth2/callback?code=c&state=${state}`)
    assert.equal(swapped.status, 400)
    const theirs = began.searchParams.get('state') ?? ''
    const { body } = await at.open('sign_out', `/oauth2/sign_out?state=${theirs}`)
    assert.doesNotMatch(body, /Company account/)
  })
})
