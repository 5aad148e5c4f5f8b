import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import type { ProviderConfig, SignInConfig } from '../../src/config/browser-types.ts'
import { DependencyError } from '../../src/errors.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { type Browser, createBrowser, header, locationOf } from '../support/sign-in-browser.ts'

const externalURL = new URL('https://app.example.com')
const clientSecret = 'a client secret: %+&'

let provider: TestProvider
let issuers: Issuers
let config: SignInConfig

before(async () => {
  provider = await startProvider({
    clientID: 'attache',
    clientSecret,
    externalURL,
    people: [
      {
        login: 'alice',
        claims: { groups: ['team-a', 'team,b'], email: 'alice@example.com', email_verified: true },
      },
      { login: 'noname', claims: { groups: 'one' } },
      {
        login: 'everywhere',
        claims: { groups: Array.from({ length: 900 }, (_, n) => `group-${n}-of-many`) },
      },
      { login: '<script>alert(1)</script>', claims: { groups: ['"><img src=x>'] } },
    ],
  })
  const issuer = issuerConfig({ url: provider.url, allowHttp: true })
  issuers = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
  config = signInConfig({
    providers: [
      providerConfig({
        issuer,
        clientAuthentication: { method: 'auto', clientSecret },
        scopes: ['openid', 'email', 'groups'],
      }),
    ],
  })
})

after(async () => {
  await issuers.close()
  await provider.close()
})

function browser(overrides: Partial<SignInConfig> = {}, keepIDToken = false): Browser {
  return createBrowser({
    config: { ...config, ...overrides },
    session: sessionConfig(),
    issuers,
    keepIDToken,
  })
}

/** The configuration with something else of its provider. */
function withProvider(overrides: Partial<ProviderConfig>): SignInConfig {
  return {
    ...config,
    providers: config.providers.map((known) => ({ ...known, ...overrides })),
  }
}

async function signIn(at: Browser, login: string, path = '/') {
  const began = await at.begin(path)
  return at.callback(await provider.signIn(locationOf(began), login))
}

/** Names of the cookies that a browser keeps for longer than the two minutes after a sign-in. */
function kept(at: Browser): readonly string[] {
  return [...at.jar().keys()].filter((name) => !name.includes('-s-'))
}

/** Who the browser's cookies say it is. */
async function whoami(at: Browser): Promise<unknown> {
  const reply = await at.open('userinfo', '/oauth2/userinfo', {
    headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' },
  })
  return reply.status === 200 ? JSON.parse(reply.body) : reply.status
}

describe('sign-in with a real provider', () => {
  it('asks the provider for a code with PKCE, state, nonce and the exact redirect URI', async () => {
    const at = browser()
    const reply = await at.begin('/wanted')
    assert.equal(reply.status, 302)
    assert.equal(header(reply.headers, 'cache-control'), 'no-store')
    const location = locationOf(reply)
    assert.equal(location.origin + location.pathname, `${provider.url}/auth`)
    const {
      state = '',
      nonce = '',
      code_challenge = '',
      ...rest
    } = Object.fromEntries(location.searchParams)
    assert.deepEqual(rest, {
      response_type: 'code',
      client_id: 'attache',
      redirect_uri: 'https://app.example.com/oauth2/callback',
      scope: 'openid email groups',
      code_challenge_method: 'S256',
    })
    for (const value of [state, nonce, code_challenge]) assert.match(value, /[\w-]{43}$/)
    assert.equal(at.jar().size, 1)
  })

  it('makes a session of the user that a bearer token would be, and leads back', async () => {
    const at = browser()
    const reply = await signIn(at, 'alice', '/pipeline/?ns=a&x=%2F')
    assert.equal(reply.status, 302)
    assert.equal(locationOf(reply).href, 'https://app.example.com/pipeline/?ns=a&x=%2F')
    assert.equal(header(reply.headers, 'cache-control'), 'no-store')
    assert.deepEqual(reply.event, { name: 'signed-in', user: 'alice' })
    assert.deepEqual(kept(at), ['__Host-attache'])
    const info = await whoami(at)
    assert.ok(typeof info === 'object' && info !== null && 'createdAt' in info)
    assert.deepEqual(
      { ...info, createdAt: 0, expiresAt: 0 },
      {
        user: 'alice',
        uid: '',
        groups: ['team-a', 'team,b'],
        extra: {},
        email: 'alice@example.com',
        provider: 'dex',
        createdAt: 0,
        expiresAt: 0,
      },
    )
  })

  it('works in several tabs at once, which end in any order', async () => {
    const at = browser()
    const tabs = [await at.begin('/1'), await at.begin('/2'), await at.begin('/3')]
    for (const tab of [2, 0, 1]) {
      const began = tabs[tab]
      assert.ok(began)
      const reply = await at.callback(await provider.signIn(locationOf(began), 'alice'))
      assert.equal(locationOf(reply).pathname, `/${tab + 1}`)
    }
    assert.deepEqual(kept(at), ['__Host-attache'])
  })

  it('maps a group that is a string, as for a bearer token', async () => {
    const at = browser()
    await signIn(at, 'noname')
    const info = await whoami(at)
    assert.ok(typeof info === 'object' && info !== null && 'groups' in info)
    assert.deepEqual(info.groups, ['one'])
  })

  it('makes no session that cookies cannot hold, and says so', async () => {
    const at = browser()
    const reply = await signIn(at, 'everywhere')
    assert.equal(reply.status, 400)
    assert.match(reply.body, /more than your browser can keep/)
    assert.equal(at.jar().size, 0)
    assert.equal(reply.event?.name, 'sign-in-failed')
  })

  it('shows hostile claims as text', async () => {
    const at = browser()
    await signIn(at, '<script>alert(1)</script>')
    const { status, body } = await at.open('userinfo', '/oauth2/userinfo')
    assert.equal(status, 200)
    assert.match(body, /&lt;script&gt;/)
    assert.doesNotMatch(body, /<script|<img/)
  })

  it('stops on a page of ours where the cookie is Strict, so that the next request has it', async () => {
    const { cookie } = sessionConfig()
    const session = sessionConfig({ cookie: { ...cookie, sameSite: 'strict' } })
    const at = createBrowser({ config, session, issuers })
    const reply = await signIn(at, 'alice', '/x?y="z"')
    assert.equal(reply.status, 200)
    assert.match(
      reply.body,
      /<meta http-equiv="refresh" content="0;url=https:\/\/app\.example\.com\/x\?y=%22z%22">/,
    )
    assert.deepEqual(kept(at), ['__Host-attache'])
  })

  it('refuses an account that the mapping refuses, without a session', async () => {
    const issuer = issuerConfig({
      url: provider.url,
      allowHttp: true,
      claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
    })
    const strict = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
    const at = createBrowser({
      config: withProvider({ issuer }),
      session: sessionConfig(),
      issuers: strict,
    })
    const reply = await signIn(at, 'alice')
    await strict.close()
    assert.equal(reply.status, 400)
    assert.match(reply.body, /Your account cannot be used here/)
    assert.equal(at.jar().size, 0)
  })

  it('refuses a wrong client secret with a page, and logs the error code alone', async () => {
    const at = browser(
      withProvider({ clientAuthentication: { method: 'auto', clientSecret: 'wrong' } }),
    )
    const reply = await signIn(at, 'alice')
    assert.equal(reply.status, 400)
    assert.deepEqual(reply.event, {
      name: 'sign-in-failed',
      detail: 'refused: token endpoint refused the client or its secret',
    })
  })
})

describe('a callback that is not what was begun', () => {
  it('is stale without the cookie, and makes no token call', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    const jar = at.jar()
    at.setJar(new Map())
    const reply = await at.callback(location)
    assert.equal(reply.status, 400)
    assert.match(reply.body, /Your browser sent no cookie/)
    assert.match(reply.body, /decision-id-1/)
    // The code is still good: nobody spent it.
    at.setJar(jar)
    assert.equal((await at.callback(location)).status, 302)
  })

  it('cannot be repeated: neither by itself nor with a kept copy of its cookie', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/wanted')), 'alice')
    const copy = at.jar()
    assert.equal((await at.callback(location)).status, 302)
    // Somebody else who has the address and what is left of the sign-in, but not the session.
    at.setJar(new Map([...at.jar()].filter(([name]) => name !== '__Host-attache')))
    const again = await at.callback(location)
    assert.deepEqual(again.event, { name: 'sign-in-failed', detail: 'stale: state: used' })
    assert.match(again.body, /rd=%2Fwanted/)
    at.setJar(copy)
    const replayed = await at.callback(location)
    assert.deepEqual(replayed.event, {
      name: 'sign-in-failed',
      detail: 'grant-ended: token endpoint answered invalid_grant',
    })
    assert.equal(at.jar().size, 0)
  })

  it('does not take the code of another sign-in: login CSRF', async () => {
    const [mallory, victim] = [browser(), browser()]
    const theirs = await provider.signIn(locationOf(await mallory.begin('/')), 'alice')
    const own = locationOf(await victim.begin('/'))
    // With Mallory's state there is no cookie; with the victim's, the verifier does not fit the code.
    assert.equal((await victim.callback(theirs)).status, 400)
    theirs.searchParams.set('state', own.searchParams.get('state') ?? '')
    const reply = await victim.callback(theirs)
    assert.equal(reply.status, 400)
    assert.equal(victim.jar().size, 0)
  })

  it('ends where it began, not at another of our hosts', async () => {
    const externalURLs = [externalURL, new URL('https://other.example.com')]
    const at = browser({ externalURLs })
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    const reply = await at.callback(location, { host: 'other.example.com' })
    assert.deepEqual(reply.event, {
      name: 'sign-in-failed',
      detail: 'stale: the sign-in began at another host or provider',
    })
  })

  it('is refused at a host that is none of ours', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    const reply = await at.callback(location, { host: 'evil.example' })
    assert.equal(reply.status, 400)
    assert.deepEqual([...at.jar().keys()].length, 1)
  })

  it('is refused with the issuer of another provider (RFC 9207)', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    assert.equal(location.searchParams.get('iss'), provider.url)
    location.searchParams.set('iss', 'https://evil.example')
    const reply = await at.callback(location)
    assert.match(reply.event?.name === 'sign-in-failed' ? reply.event.detail : '', /^not-believed/)
  })

  it('is refused without the issuer that the provider promises (RFC 9207)', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    location.searchParams.delete('iss')
    assert.equal((await at.callback(location)).status, 400)
  })
})

describe('sign-out with a real provider', () => {
  it('ends the session here and at the provider, and comes back to a page', async () => {
    const at = browser({}, true)
    await signIn(at, 'alice')
    const out = await at.open('sign_out', '/oauth2/sign_out')
    assert.equal(out.status, 303)
    assert.deepEqual(out.event, { name: 'signed-out' })
    assert.equal(at.jar().size, 0)
    const location = locationOf(out)
    assert.equal(location.pathname, '/session/end')
    assert.ok(location.searchParams.get('id_token_hint'))
    const back = await provider.signOut(location)
    assert.equal(back.origin + back.pathname, 'https://app.example.com/oauth2/sign_out')
    assert.ok(back.searchParams.get('state'))
    const page = await at.open('sign_out', back.pathname + back.search, {
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(page.status, 200)
    assert.match(page.body, /You are signed out here and at <bdi>Company account/)
    assert.equal(page.event, undefined)
    assert.equal(await whoami(at), 401)
  })

  it('works without an ID token to hint with', async () => {
    const at = browser()
    await signIn(at, 'alice')
    const location = locationOf(await at.open('logout', '/logout'))
    assert.equal(location.searchParams.has('id_token_hint'), false)
    assert.equal((await provider.signOut(location)).pathname, '/oauth2/sign_out')
  })
})

describe('a provider that goes away', () => {
  it('is an unavailable part at the callback, and the sign-in can still be finished', async () => {
    const at = browser()
    const location = await provider.signIn(locationOf(await at.begin('/')), 'alice')
    const issuer = issuers.get(provider.url)
    assert.ok(issuer)
    const dead: Issuers = {
      ...issuers,
      get: () => ({
        ...issuer,
        metadata: async () => ({
          ...(await issuer.metadata()),
          token_endpoint: 'http://127.0.0.1:1/token',
        }),
      }),
    }
    const during = createBrowser({ config, session: sessionConfig(), issuers: dead })
    during.setJar(at.jar())
    await assert.rejects(
      during.callback(location),
      (error) => error instanceof DependencyError && error.dependency === 'provider',
    )
    assert.equal((await at.callback(location)).status, 302)
  })
})
