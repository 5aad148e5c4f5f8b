import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import { DependencyError } from '../../src/errors.ts'
import type { SignInReply } from '../../src/oidc/sign-in.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts'
import { type Browser, createBrowser, locationOf } from '../support/sign-in-browser.ts'

const secrets = {
  code: 'canary-code-1',
  accessToken: 'canary-access-token-2',
  refreshToken: 'canary-refresh-token-3',
  clientSecret: 'canary-client-secret-4',
  description: 'canary-description-5 <script>alert(1)</script>',
}

let provider: HostileProvider
let issuers: Issuers
/** What the issuers logged. */
let logged = ''

before(async () => {
  provider = await startHostileProvider()
  const issuer = issuerConfig({ url: provider.url, allowHttp: true })
  const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) })
  // The second one is trusted too, but not for this sign-in.
  const other = issuerConfig({ url: 'https://other.example.com' })
  issuers = createIssuers([issuer, other], { now: Date.now, log })
})

after(async () => {
  await issuers.close()
  await provider.close()
})

beforeEach(() => provider.setMetadata({}))

function browser(): Browser {
  const issuer = issuerConfig({ url: provider.url, allowHttp: true })
  const clientAuthentication = { method: 'auto', clientSecret: secrets.clientSecret } as const
  return createBrowser({
    config: signInConfig({ providers: [providerConfig({ issuer, clientAuthentication })] }),
    session: sessionConfig(),
    issuers,
    keepIDToken: true,
  })
}

/** Begins, and comes back with a code; the token endpoint then gives what `make` returns. */
async function attempt(
  at: Browser,
  make: (nonce: string) => Promise<string | undefined>,
): Promise<SignInReply> {
  const location = locationOf(await at.begin('/wanted'))
  const nonce = location.searchParams.get('nonce') ?? ''
  provider.setTokenEndpoint(async (response) => {
    const idToken = await make(nonce)
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        access_token: secrets.accessToken,
        refresh_token: secrets.refreshToken,
        token_type: 'Bearer',
        ...(idToken === undefined ? {} : { id_token: idToken }),
      }),
    )
  })
  return at.callback(answerOf(location, { code: secrets.code }))
}

function answerOf(location: URL, parameters: Readonly<Record<string, string>>): URL {
  const back = new URL(location.searchParams.get('redirect_uri') ?? '')
  back.searchParams.set('state', location.searchParams.get('state') ?? '')
  for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value)
  return back
}

function failure(reply: SignInReply): string {
  assert.equal(reply.status, 400)
  assert.ok(reply.event?.name === 'sign-in-failed')
  return reply.event.detail
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function claims(nonce: string) {
  const seconds = Math.floor(Date.now() / 1000)
  return {
    iss: provider.url,
    aud: 'attache',
    sub: 'alice',
    iat: seconds,
    exp: seconds + 300,
    nonce,
  }
}

describe('ID tokens of a hostile provider', () => {
  it('sign in when nothing is wrong with them', async () => {
    const at = browser()
    const reply = await attempt(at, (nonce) => provider.idToken({ nonce }))
    assert.deepEqual(reply.event, { name: 'signed-in', user: 'alice' })
  })

  const wrong: Readonly<Record<string, (nonce: string) => Promise<string | undefined>>> = {
    'there is none': async () => undefined,
    'it is empty': async () => '',
    'it is no JWT': async () => 'a.b.c',
    'the nonce is another': (nonce) => provider.idToken({ nonce: `${nonce}x` }),
    'the nonce is missing': () => provider.idToken({}),
    'the nonce is a list': (nonce) => provider.idToken({ nonce: [nonce] }),
    'it is for another audience': (nonce) => provider.idToken({ nonce, aud: 'other' }),
    'it has no audience': (nonce) => provider.idToken({ nonce, aud: undefined }),
    'it was asked for by another client': (nonce) =>
      provider.idToken({ nonce, aud: ['attache', 'other'], azp: 'other' }),
    'it is of another issuer': (nonce) => provider.idToken({ nonce, iss: 'https://evil.example' }),
    'it is of another trusted issuer': (nonce) =>
      provider.idToken({ nonce, iss: 'https://other.example.com' }),
    'it has expired': (nonce) => provider.idToken({ nonce, exp: 1 }),
    'it never expires': (nonce) => provider.idToken({ nonce, exp: undefined }),
    'it has no subject': (nonce) => provider.idToken({ nonce, sub: undefined }),
    'its subject is a list': (nonce) => provider.idToken({ nonce, sub: ['alice'] }),
    'its key is unknown': (nonce) => provider.idToken({ nonce }, { kid: 'k2' }),
    'it demands what nobody knows': (nonce) =>
      provider.idToken({ nonce }, { crit: ['b64'], b64: true }),
    'alg is none': async (nonce) => `${part({ alg: 'none' })}.${part(claims(nonce))}.`,
    'alg is none, with a signature': async (nonce) => {
      const [, , signature = ''] = (await provider.idToken({ nonce })).split('.')
      return `${part({ alg: 'none' })}.${part(claims(nonce))}.${signature}`
    },
    'it is signed with the public key as a secret': async (nonce) => {
      const input = `${part({ alg: 'HS256', kid: 'k1' })}.${part(claims(nonce))}`
      const key = JSON.stringify(provider.publicJwk)
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
    },
    'it is signed with the client secret': async (nonce) => {
      const input = `${part({ alg: 'HS256' })}.${part(claims(nonce))}`
      return `${input}.${createHmac('sha256', secrets.clientSecret).update(input).digest('base64url')}`
    },
    'its claims were changed': async (nonce) => {
      const [header, , signature] = (await provider.idToken({ nonce })).split('.')
      return `${header}.${part({ ...claims(nonce), sub: 'admin' })}.${signature}`
    },
    'its signature is cut off': async (nonce) =>
      `${(await provider.idToken({ nonce })).split('.').slice(0, 2).join('.')}.`,
  }
  for (const [what, make] of Object.entries(wrong)) {
    it(`make no session when ${what}`, async () => {
      const at = browser()
      assert.match(failure(await attempt(at, make)), /^not-(believed|accepted): /)
      assert.equal(at.jar().size, 0)
    })
  }
})

function json(body: object, status = 400) {
  const headers = { 'content-type': 'application/json' }
  return { status, headers, body: JSON.stringify(body) }
}

describe('a token endpoint that fails', () => {
  const ended = {
    'the code is spent': json({ error: 'invalid_grant', error_description: secrets.description }),
    'the client is unknown': json({ error: 'invalid_client' }, 401),
    'it asks for credentials': {
      status: 401,
      headers: { 'www-authenticate': `Basic realm="${secrets.code}"` },
      body: '',
    },
    'its error is no error code': json({ error: `x\n${secrets.code}` }),
    'it answers HTML': {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: secrets.code,
    },
    'it answers no JSON': {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `{"access_token": "${secrets.accessToken}`,
    },
    'it answers a list': json([secrets.accessToken], 200),
    'it has no access token': json({ token_type: 'Bearer' }, 200),
    'its token type is odd': json({ access_token: 'x', token_type: 'mac', id_token: 'x' }, 200),
    'it redirects': { status: 307, headers: { location: 'http://169.254.169.254/' }, body: '' },
  }
  for (const [what, { status, headers, body }] of Object.entries(ended)) {
    it(`ends the sign-in on a page when ${what}`, async () => {
      const at = browser()
      const location = locationOf(await at.begin('/'))
      provider.setTokenEndpoint((response) => void response.writeHead(status, headers).end(body))
      const reply = await at.callback(answerOf(location, { code: secrets.code }))
      assert.match(failure(reply), /^(refused|grant-ended|not-believed): /)
      assert.doesNotMatch(reply.body + inspect(reply.event), /canary/)
      assert.equal(at.jar().size, 0)
    })
  }

  const away = {
    'it answers 500': json({ error: 'server_error' }, 500),
    'it answers 503 without a word': { status: 503, headers: {}, body: '' },
    'it asks for patience': json({ error: 'slow_down' }, 429),
    'its answer has no end': {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `{"access_token": "${'x'.repeat(3_000_000)}"}`,
    },
  }
  for (const [what, { status, headers, body }] of Object.entries(away)) {
    it(`is an unavailable part when ${what}, and the sign-in goes on afterwards`, async () => {
      const at = browser()
      const location = locationOf(await at.begin('/'))
      provider.setTokenEndpoint((response) => void response.writeHead(status, headers).end(body))
      const back = answerOf(location, { code: secrets.code })
      await assert.rejects(at.callback(back), (error) => {
        assert.ok(error instanceof DependencyError)
        assert.equal(error.dependency, 'provider')
        assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /canary/)
        return true
      })
      assert.equal(at.jar().size, 1)
    })
  }

  it('is an unavailable part when it drops the connection', async () => {
    const at = browser()
    const location = locationOf(await at.begin('/'))
    provider.setTokenEndpoint((response) => void response.destroy())
    const back = answerOf(location, { code: secrets.code })
    await assert.rejects(at.callback(back), DependencyError)
  })

  it("is given up when the check's own time is over", async () => {
    const at = browser()
    const location = locationOf(await at.begin('/'))
    const abort = new AbortController()
    provider.setTokenEndpoint(() => abort.abort())
    const back = answerOf(location, { code: secrets.code })
    const input = {
      transport: 'grpc',
      method: 'GET',
      host: 'app.example.com',
      path: back.pathname + back.search,
      source: undefined,
      certificate: undefined,
      headers: new Map([['cookie', [...at.jar()].map((pair) => pair.join('=')).join('; ')]]),
    } as const
    const context = { id: 'x', nowMs: Date.now(), signal: () => abort.signal }
    await assert.rejects(at.signIn.handle('callback', input, context), DependencyError)
  })
})

describe('callbacks that are no answer', () => {
  /** Each is a query; `S` stands for the state of a running sign-in. */
  const queries: readonly (readonly [query: string, detail: RegExp])[] = [
    ['', /neither code nor error/],
    ['?', /neither code nor error/],
    ['?code=c', /state: malformed/],
    ['?state=S', /neither code nor error/],
    ['?code=c&state=S&state=S', /twice/],
    ['?code=c&code=c&state=S', /twice/],
    ['?code=c&state=S&iss=a&iss=b', /twice/],
    ['?code=c&state=S&%73tate=x', /twice/],
    ['?code=c&state=S&error=a&error=b', /twice/],
    [`?code=${'c'.repeat(20_000)}&state=S`, /too long/],
    ['?code=c&state=S&iss=https://evil.example', /not-believed/],
    ['?code=c&state=S&response=a.b.c', /not-believed/],
    ['?code=c&state=S&id_token=a.b.c', /not-believed/],
    ['?code=c&state=Sx', /state: malformed/],
    ['?error=access_denied&state=S', /provider answered access_denied/],
    ['?error=login_required&state=S', /provider answered login_required/],
    ['?error=%0aforged+log+line&state=S', /provider answered an unknown error/],
    ['?error=x&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=S', /provider answered x/],
    ['?error=access_denied', /state: malformed/],
  ]
  for (const [query, detail] of queries) {
    it(`end on a page: ${query.slice(0, 60)}`, async () => {
      const at = browser()
      const state = locationOf(await at.begin('/')).searchParams.get('state') ?? ''
      const calls = provider.tokenCalls()
      const path = `/oauth2/callback${query.replaceAll('=S', `=${state}`)}`
      const reply = await at.open('callback', path)
      assert.match(failure(reply), detail)
      assert.doesNotMatch(reply.body, /<script|forged/)
      assert.ok(!reply.body.includes(state))
      assert.equal(provider.tokenCalls(), calls)
    })
  }

  it('must name the issuer when the provider says that it does (RFC 9207)', async () => {
    const issuer = issuerConfig({ url: provider.url, allowHttp: true })
    provider.setMetadata({ authorization_response_iss_parameter_supported: true })
    const fresh = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
    const at = createBrowser({
      config: signInConfig({ providers: [providerConfig({ issuer })] }),
      session: sessionConfig(),
      issuers: fresh,
    })
    const location = locationOf(await at.begin('/'))
    assert.match(failure(await at.callback(answerOf(location, { code: 'c' }))), /^not-believed/)
    await fresh.close()
  })
})

describe('secrets', () => {
  it('stand in no log, no event and no page, whatever fails', async () => {
    const at = browser()
    const replies = [
      await attempt(at, async () => undefined),
      await attempt(at, () => provider.idToken({ nonce: secrets.code })),
      await attempt(at, async () => `${secrets.accessToken}.x.y`),
      await attempt(at, (nonce) => provider.idToken({ nonce }, { kid: 'k2' })),
    ]
    const location = locationOf(await at.begin('/'))
    replies.push(await at.callback(answerOf(location, { code: secrets.code, iss: secrets.code })))
    const shown = replies.map(({ body, event }) => body + inspect(event)).join('\n')
    assert.doesNotMatch(shown + logged, /canary/)
    const state = location.searchParams.get('state') ?? ''
    assert.ok(!shown.includes(state))
  })

  it('stand in no page of an account, of signing out, of picking or of starting again', async () => {
    const at = browser()
    const canary = 'canary-of-the-address'
    await attempt(at, (nonce) => provider.idToken({ nonce, jti: 'canary-jti', sid: 'canary-sid' }))
    provider.setMetadata({ end_session_endpoint: `${provider.url}/end` })
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } }
    const replies = [
      await at.open('sign_in', `/oauth2/sign_in?prompt=${canary}&provider=${canary}`),
      await at.open('callback', `/oauth2/callback?code=${secrets.code}&state=${canary}`),
      await at.open('sign_out', `/oauth2/sign_out?state=${canary}`, foreign),
      await at.open('sign_out', `/oauth2/sign_out?id_token_hint=${canary}`),
      await at.open('sign_out', `/oauth2/sign_out?state=${canary}`),
      await at.open('start', `/oauth2/start?provider=${canary}`),
    ]
    const shown = replies.map(({ body, event }) => body + inspect(event)).join('\n')
    // The user's own name for the credential, `jti`, is an extra as in Kubernetes, and on their page alone.
    assert.doesNotMatch(shown.replace('JTI=canary-jti', ''), /canary/)
    assert.doesNotMatch(logged, /canary/)
  })

  it('do not stand readable in the cookies', async () => {
    const at = browser()
    await attempt(at, (nonce) => provider.idToken({ nonce, email: 'canary@example.com' }))
    const text = [...at.jar().values()].join('.')
    const decoded = text
      .split('.')
      .map((piece) => Buffer.from(piece, 'base64url').toString('latin1'))
    assert.doesNotMatch(decoded.join(), /canary|alice/)
  })
})
