import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { DependencyError } from '../../src/errors.ts'
import type { SignInEndpoint } from '../../src/routes/endpoints.ts'
import { providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { browser, metadata, nowMs, program, signedIn } from '../support/known-provider.ts'
import { createBrowser, header, locationOf } from '../support/sign-in-browser.ts'

describe('createSignIn()', () => {
  it('refuses to begin without a trusted issuer', () => {
    const issuers: Issuers = {
      verifyToken: async () => ({ kind: 'no-credential' }),
      get: () => undefined,
      missing: () => [],
      close: async () => {},
    }
    const options = { config: signInConfig(), session: sessionConfig(), issuers }
    assert.throws(() => createBrowser(options), TypeError)
  })

  const methods: Readonly<Record<SignInEndpoint, readonly string[]>> = {
    sign_in: ['GET', 'HEAD'],
    start: ['GET', 'HEAD'],
    callback: ['GET'],
    sign_out: ['GET', 'POST'],
    userinfo: ['GET', 'HEAD'],
    'style.css': ['GET', 'HEAD'],
    logo: ['GET', 'HEAD'],
    logout: ['GET', 'POST'],
  }
  const endpoints = Object.keys(methods) as SignInEndpoint[]
  for (const endpoint of endpoints) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'get', '']) {
      const takes = methods[endpoint].includes(method)
      it(`${endpoint} ${takes ? 'takes' : 'refuses'} ${method || 'no method'}`, async () => {
        const reply = await browser().open(endpoint, `/oauth2/${endpoint}`, { method })
        assert.equal(reply.status === 405, !takes)
        assert.equal(
          header(reply.headers, 'allow'),
          takes ? undefined : methods[endpoint].join(', '),
        )
      })
    }
  }

  it('keeps every reply but the style sheet out of caches', async () => {
    for (const endpoint of endpoints) {
      const at = await signedIn()
      const { headers } = await at.open(endpoint, `/oauth2/${endpoint}`)
      const expected = endpoint === 'style.css' ? 'public, max-age=60' : 'no-store'
      assert.equal(header(headers, 'cache-control'), expected, endpoint)
    }
  })

  it('is not available at another host', async () => {
    for (const host of [
      'evil.example',
      'app.example.com.evil.example',
      '',
      'app.example.com:8080',
    ]) {
      const at = browser()
      for (const reply of [await at.begin('/', { host }), await at.open('start', '/', { host })]) {
        assert.equal(reply.status, 400)
        assert.equal(header(reply.headers, 'set-cookie'), undefined)
      }
    }
  })
})

describe('begin()', () => {
  it('keeps the parameters that the authorization endpoint has of its own', async () => {
    const { searchParams } = locationOf(await browser().begin('/'))
    assert.equal(searchParams.get('tenant'), '1')
    assert.equal(searchParams.get('client_id'), 'attache')
  })

  it('goes where the configuration says, a path being one of our own host', async () => {
    const externalURLs = [new URL('http://localhost:8080')]
    const providers = [providerConfig({ authorizationEndpoint: '/dex/auth' })]
    const at = browser({ config: { externalURLs, providers } })
    const location = locationOf(await at.begin('/'))
    assert.equal(location.origin + location.pathname, 'http://localhost:8080/dex/auth')
    const redirectURI = location.searchParams.get('redirect_uri')
    assert.equal(redirectURI, 'http://localhost:8080/oauth2/callback')
  })

  it('does not send round who asks for the page of the provider itself, on a route that is not public', async () => {
    const providers = [providerConfig({ authorizationEndpoint: '/dex/auth' })]
    const at = browser({ config: { providers } })
    for (const path of ['/dex/auth', '/dex/auth?client_id=a&state=b']) {
      const reply = await at.begin(path)
      assert.equal(reply.status, 400)
      assert.equal(header(reply.headers, 'set-cookie'), undefined)
      assert.match(reply.body, /Not at this address/)
    }
    assert.equal(locationOf(await at.begin('/dex/authors')).pathname, '/dex/auth')
  })

  it('names the redirect URI of the host that was asked', async () => {
    const externalURLs = [new URL('https://a.example'), new URL('https://b.example:8443')]
    const at = browser({ config: { externalURLs } })
    const location = locationOf(await at.begin('/', { host: 'B.example:8443' }))
    const redirectURI = location.searchParams.get('redirect_uri')
    assert.equal(redirectURI, 'https://b.example:8443/oauth2/callback')
  })

  const endpoints: Readonly<Record<string, unknown>> = {
    'is missing': undefined,
    'is empty': '',
    'is a list': ['https://issuer.example.com/auth'],
    'is a path': '/auth',
    'is plain http': 'http://issuer.example.com/auth',
    'is a script': 'javascript:alert(1)',
  }
  for (const [what, endpoint] of Object.entries(endpoints)) {
    it(`is unavailable when the discovered endpoint ${what}`, async () => {
      const at = browser({
        metadata: async () => ({ ...metadata, authorization_endpoint: endpoint }),
      })
      await assert.rejects(at.begin('/'), DependencyError)
      assert.equal(at.jar().size, 0)
    })
  }

  it('goes to a plain http endpoint where the issuer may be one', async () => {
    const endpoint = { authorization_endpoint: 'http://dex.auth.svc/auth' }
    const at = browser({
      metadata: async () => ({ ...metadata, ...endpoint }),
      issuer: { allowHttp: true },
    })
    assert.equal(locationOf(await at.begin('/')).host, 'dex.auth.svc')
  })

  it('is unavailable, without a cookie, while the provider was never reached', async () => {
    const at = browser({ metadata: () => Promise.reject(new DependencyError('issuer', 'x')) })
    await assert.rejects(at.begin('/'), DependencyError)
  })

  for (const dest of ['iframe', 'frame', 'embed', 'object']) {
    it(`shows a page that takes the whole window, and begins nothing, in a ${dest}`, async () => {
      const at = browser()
      const reply = await at.begin('/notebook/x?y=1', { headers: { 'sec-fetch-dest': dest } })
      assert.equal(reply.status, 200)
      assert.match(reply.body, /target="_top" href="\/oauth2\/start\?rd=%2Fnotebook%2Fx%3Fy%3D1"/)
      assert.match(header(reply.headers, 'content-security-policy') ?? '', /frame-ancestors 'self'/)
      assert.equal(at.jar().size, 0)
    })
  }

  it('leads from a frame back to the page around it, if that is ours', async () => {
    const referers = {
      'https://app.example.com/_/jupyter?ns=a': '%2F_%2Fjupyter%3Fns%3Da',
      'https://evil.example/x': '%2Fframed',
      'https://app.example.com//evil.example': '%2F',
      'not a URL': '%2Fframed',
    }
    for (const [referer, expected] of Object.entries(referers)) {
      const headers = { 'sec-fetch-dest': 'iframe', referer }
      const { body } = await browser().begin('/framed', { headers })
      assert.match(body, new RegExp(`rd=${expected}"`))
    }
  })
})

describe('start and sign_in', () => {
  for (const endpoint of ['start', 'sign_in'] as const) {
    it(`${endpoint} begins a sign-in`, async () => {
      const reply = await browser().open(endpoint, `/oauth2/${endpoint}?rd=/x`)
      assert.equal(reply.status, 302)
      assert.equal(locationOf(reply).host, 'issuer.example.com')
    })

    it(`${endpoint} begins one for a program that follows redirects`, async () => {
      const at = browser()
      const reply = await at.signIn.handle(
        endpoint,
        {
          transport: 'http',
          method: 'GET',
          host: 'app.example.com',
          path: `/oauth2/${endpoint}?rd=/x`,
          source: undefined,
          certificate: undefined,
          headers: new Map([['accept', '*/*']]),
        },
        { id: 'x', nowMs, signal: () => AbortSignal.timeout(1000) },
      )
      assert.equal(reply.status, 302)
    })

    const background = [
      { 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'x-requested-with': 'XMLHttpRequest' },
    ]
    for (const headers of background) {
      it(`${endpoint} sets no cookie for ${JSON.stringify(headers)}`, async () => {
        const reply = await browser().open(endpoint, `/oauth2/${endpoint}`, {
          headers: { accept: '*/*', ...headers },
        })
        assert.equal(reply.status, 401)
        assert.equal(header(reply.headers, 'content-type'), 'application/problem+json')
        assert.equal(header(reply.headers, 'set-cookie'), undefined)
        assert.match(reply.body, /"signIn":"\/oauth2\/start\?rd=%2F"/)
      })
    }
  }

  it('sign_in shows who is signed in already', async () => {
    const at = await signedIn()
    const reply = await at.open('sign_in', '/oauth2/sign_in?rd=/x')
    assert.equal(reply.status, 200)
    assert.match(reply.body, /alice/)
    assert.match(reply.body, /href="\/x">Continue/)
  })

  it('start begins anew even for somebody who is signed in', async () => {
    assert.equal((await (await signedIn()).open('start', '/oauth2/start')).status, 302)
  })

  const own = [
    '/oauth2/sign_out',
    '/oauth2/start?rd=/',
    '/oauth2/callback?x',
    '/logout',
    '/logout#x',
  ]
  for (const path of [...own, '//evil.example', 'https://evil.example', '/%5Cevil.example']) {
    it(`does not lead to ${path} afterwards`, async () => {
      const at = await signedIn()
      const query = new URLSearchParams({ rd: path })
      const { body } = await at.open('sign_in', `/oauth2/sign_in?${query.toString()}`)
      assert.match(body, /href="\/">Continue/)
    })
  }
})

describe('userinfo', () => {
  it('tells a program', async () => {
    const at = await signedIn()
    const reply = await at.open('userinfo', '/oauth2/userinfo', { headers: program })
    assert.equal(reply.status, 200)
    assert.equal(header(reply.headers, 'content-type'), 'application/json')
    assert.deepEqual(JSON.parse(reply.body), {
      user: 'alice',
      uid: '',
      groups: ['a', 'b'],
      extra: {},
      provider: 'dex',
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T12:00:00.000Z',
    })
  })

  it('tells a person', async () => {
    const reply = await (await signedIn()).open('userinfo', '/oauth2/userinfo')
    assert.equal(reply.status, 200)
    for (const text of [
      'alice',
      '<bdi>a</bdi>',
      'Company account',
      '1 January 2026 at 12:00 UTC',
    ]) {
      assert.ok(reply.body.includes(text), text)
    }
  })

  for (const [who, headers] of Object.entries({ person: {}, program })) {
    it(`is 401 for a ${who} without a session`, async () => {
      const reply = await browser().open('userinfo', '/oauth2/userinfo', { headers })
      assert.equal(reply.status, 401)
      assert.match(reply.body, /decision-id-1/)
      assert.match(reply.body, /\/oauth2\/start\?rd=%2F/)
    })

    it(`is 401 for a ${who} whose session is no good`, async () => {
      const at = await signedIn()
      const cookie = `__Host-attache=junk; ${[...at.jar()].map((pair) => pair.join('=')).join('; ')}`
      const overrides = { headers: { ...headers, cookie } }
      assert.equal((await at.open('userinfo', '/oauth2/userinfo', overrides)).status, 401)
    })
  }
})

describe('a session cookie that is SameSite=Strict', () => {
  it('leaves the cookie of the running sign-in lax, or the callback would be without it', async () => {
    const reply = await browser({ cookie: { sameSite: 'strict' } }).begin('/')
    assert.match(header(reply.headers, 'set-cookie') ?? '', /SameSite=Lax/)
  })
})
