import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { browser, nowMs, signedIn } from '../support/known-provider.ts'
import type { Browser } from '../support/sign-in-browser.ts'
import { header, locationOf } from '../support/sign-in-browser.ts'

const minute = 60_000

/** Where the provider sends the browser after a sign-in that began at `path`. */
async function answered(at: Browser, path: string, answer: Readonly<Record<string, string>>) {
  const location = locationOf(await at.begin(path))
  const back = new URL(location.searchParams.get('redirect_uri') ?? '')
  const state = location.searchParams.get('state') ?? ''
  back.search = new URLSearchParams({ ...answer, state }).toString()
  return back
}

describe('an answer of the provider that is no code', () => {
  const kinds: Readonly<Record<string, string>> = {
    access_denied: 'declined',
    server_error: 'provider-trouble',
    temporarily_unavailable: 'provider-trouble',
    login_required: 'refused',
    interaction_required: 'refused',
    consent_required: 'refused',
    account_selection_required: 'refused',
    invalid_scope: 'refused',
    unauthorized_client: 'refused',
    ACCESS_DENIED: 'refused',
  }
  for (const [error, kind] of Object.entries(kinds)) {
    it(`is a page of "${kind}" for ${error}, from where one can start again`, async () => {
      const at = browser()
      const description = 'canary <script>alert(1)</script>'
      const answer = { error, error_description: description, error_uri: 'https://evil.example' }
      const reply = await at.callback(await answered(at, '/wanted?x=1', answer))
      assert.equal(reply.status, 400)
      const shown = /^[a-z_]+$/.test(error) ? error : 'an unknown error'
      assert.deepEqual(reply.event, {
        name: 'sign-in-failed',
        detail: `${kind}: provider answered ${shown}`,
      })
      assert.match(reply.body, /href="\/oauth2\/start\?rd=%2Fwanted%3Fx%3D1"/)
      assert.match(reply.body, /decision-id-1/)
      assert.doesNotMatch(reply.body, /canary|<script|evil/)
      assert.equal(at.jar().size, 0)
    })
  }

  it('leaves a session alone that was there before', async () => {
    const at = await signedIn()
    await at.callback(await answered(at, '/', { error: 'access_denied' }))
    assert.deepEqual([...at.jar().keys()], ['other', '__Host-attache'])
  })
})

describe('a callback without its cookie', () => {
  it('says that the browser sent none, when there are none at all', async () => {
    const at = browser()
    const location = await answered(at, '/', { code: 'c' })
    at.setJar(new Map())
    const reply = await at.callback(location)
    assert.deepEqual(reply.event, {
      name: 'sign-in-failed',
      detail: 'no-cookies: state: no cookie',
    })
  })

  it('is stale when there are others', async () => {
    const at = browser()
    const location = await answered(at, '/', { code: 'c' })
    at.setJar(new Map([['other', '1']]))
    const reply = await at.callback(location)
    assert.deepEqual(reply.event, { name: 'sign-in-failed', detail: 'stale: state: no cookie' })
  })

  it('shows who is signed in, if somebody is', async () => {
    const at = await signedIn()
    const other = browser()
    const reply = await at.callback(await answered(other, '/theirs', { code: 'c' }))
    assert.equal(reply.status, 200)
    assert.match(reply.body, /alice/)
    assert.doesNotMatch(reply.body, /theirs/)
    assert.equal(reply.event, undefined)
  })

  it('is an error for whoever is signed in when its state is none of ours', async () => {
    const at = await signedIn()
    const reply = await at.open('callback', '/oauth2/callback?code=c&state=theirs')
    assert.equal(reply.status, 400)
  })
})

describe('a callback that comes too late', () => {
  it('is stale, and the next sign-in still leads where one wanted to be', async () => {
    let now = nowMs
    const at = browser({ now: () => now })
    const location = await answered(at, '/wanted', { code: 'c' })
    now += 10 * minute
    const reply = await at.callback(location)
    assert.deepEqual(reply.event, { name: 'sign-in-failed', detail: 'stale: state: expired' })
    assert.match(reply.body, /rd=%2Fwanted/)
    assert.equal(at.jar().size, 0)
  })

  it('shows who is signed in meanwhile, and leads on to where one wanted to be', async () => {
    let now = nowMs
    const at = await signedIn({ now: () => now })
    const location = await answered(at, '/wanted', { code: 'c' })
    now += 11 * minute
    const reply = await at.callback(location)
    assert.equal(reply.status, 200)
    assert.match(reply.body, /href="\/wanted"/)
  })
})

describe('what is fetched ahead of time', () => {
  const ahead = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-moz': 'prefetch' },
  ]
  for (const headers of ahead) {
    it(`changes nothing: ${JSON.stringify(headers)}`, async () => {
      const at = browser()
      const location = await answered(at, '/', { error: 'access_denied' })
      const jar = at.jar()
      const reply = await at.callback(location, { headers })
      assert.equal(reply.status, 403)
      assert.equal(header(reply.headers, 'cache-control'), 'no-store')
      assert.equal(reply.event, undefined)
      assert.deepEqual(at.jar(), jar)
      for (const endpoint of ['start', 'sign_in'] as const) {
        const begun = await at.open(endpoint, `/oauth2/${endpoint}`, { headers })
        assert.equal(begun.status, 401)
        assert.equal(header(begun.headers, 'set-cookie'), undefined)
      }
      // Once somebody wants it, it is there.
      assert.equal((await at.callback(location)).event?.name, 'sign-in-failed')
    })
  }
})
