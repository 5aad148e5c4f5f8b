import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SignInReply } from '../../src/oidc/sign-in.ts'
import { browser, signedIn } from '../support/known-provider.ts'
import { header, locationOf } from '../support/sign-in-browser.ts'
import { openRedirects } from './open-redirects.ts'

const origin = 'https://app.example.com'

/** Every address of a page, as the browser reads it there. */
function addresses({ body }: SignInReply): readonly URL[] {
  return [...body.matchAll(/(?:href|action|content="0;url)="?([^"]*)"/g)].map(
    ([, address = '']) => new URL(address.replaceAll('&amp;', '&'), `${origin}/oauth2/sign_in`),
  )
}

/** Where the links to sign in lead afterwards. */
function returnsOf(reply: SignInReply): readonly (string | null)[] {
  return addresses(reply).map(({ searchParams }) => searchParams.get('rd'))
}

describe('what somebody else wrote into an address', () => {
  it('leads nowhere else from the page of who is signed in', async () => {
    const at = await signedIn()
    for (const payload of openRedirects) {
      const query = new URLSearchParams({ rd: payload })
      const reply = await at.open('sign_in', `/oauth2/sign_in?${query.toString()}`)
      for (const address of addresses(reply)) assert.equal(address.origin, origin, payload)
      // As it came, too: a browser escapes less than we do.
      const raw = await at.open('sign_in', `/oauth2/sign_in?rd=${payload}`)
      for (const address of addresses(raw)) assert.equal(address.origin, origin, payload)
    }
  })

  it('leads nowhere else after a sign-in that it began, or one that failed', async () => {
    const at = browser()
    for (const payload of openRedirects) {
      const query = new URLSearchParams({ rd: payload })
      const began = locationOf(await at.open('start', `/oauth2/start?${query.toString()}`))
      const state = began.searchParams.get('state') ?? ''
      const failed = await at.open('callback', `/oauth2/callback?error=x&state=${state}`)
      const returns = returnsOf(failed).filter((rd) => rd !== null)
      assert.deepEqual(returns, ['/'], payload)
    }
  })

  it('leads nowhere else from a frame, whatever is around it', async () => {
    const at = browser()
    for (const payload of openRedirects) {
      const headers = { 'sec-fetch-dest': 'iframe', referer: `${origin}${payload}` }
      const framed = await at.begin(payload, { headers })
      const rd = returnsOf(framed).find((one) => one !== null)
      assert.equal(new URL(rd ?? 'missing:', origin).origin, origin, payload)
    }
  })

  it('chooses no provider, no prompt, and no redirect URI', async () => {
    const at = browser()
    for (const payload of openRedirects) {
      const query = new URLSearchParams({
        prompt: payload,
        redirect_uri: payload,
        response_mode: 'form_post',
        scope: payload,
        client_id: payload,
      })
      const location = locationOf(await at.open('start', `/oauth2/start?${query.toString()}`))
      const { searchParams } = location
      assert.equal(location.host, 'issuer.example.com')
      assert.equal(searchParams.get('redirect_uri'), `${origin}/oauth2/callback`)
      assert.equal(searchParams.get('client_id'), 'attache')
      assert.equal(searchParams.get('scope'), 'openid')
      for (const name of ['prompt', 'response_mode']) assert.equal(searchParams.get(name), null)
    }
  })

  it('leads nowhere else after sign-out', async () => {
    const nobody = browser()
    for (const payload of openRedirects) {
      const query = new URLSearchParams({ rd: payload, post_logout_redirect_uri: payload })
      const path = `/oauth2/sign_out?${query.toString()}`
      const page = await nobody.open('sign_out', path)
      for (const address of addresses(page)) assert.equal(address.origin, origin, payload)
    }
    const at = await signedIn()
    const query = new URLSearchParams({ post_logout_redirect_uri: 'https://evil.example' })
    const out = await at.open('sign_out', `/oauth2/sign_out?${query.toString()}`)
    const location = new URL(header(out.headers.slice(0, 1), 'location') ?? '')
    assert.equal(location.searchParams.get('post_logout_redirect_uri'), `${origin}/oauth2/sign_out`)
  })
})
