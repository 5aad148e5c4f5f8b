import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { CompactSign, generateKeyPair } from 'jose'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import { DependencyError } from '../../src/errors.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts'
import { startProvider } from '../support/provider.ts'
import { type Browser, createBrowser, locationOf } from '../support/sign-in-browser.ts'

const accessToken = 'canary-access-token'

let provider: HostileProvider
let issuers: Issuers
/** A provider whose ID tokens name nobody, as far as the mapping is concerned. */
let issuer: ReturnType<typeof issuerConfig>

before(async () => {
  provider = await startHostileProvider()
  issuer = issuerConfig({
    url: provider.url,
    allowHttp: true,
    claimMappings: {
      username: { claim: 'email', prefix: '' },
      groups: { claim: 'groups', prefix: '' },
      uid: { claim: 'sub' },
      extra: [],
    },
  })
  issuers = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
})

after(async () => {
  await issuers.close()
  await provider.close()
})

beforeEach(() => provider.setMetadata({}))

function browser(claimsFrom: 'idToken' | 'userinfo' = 'userinfo', using = issuers): Browser {
  return createBrowser({
    config: signInConfig({ providers: [providerConfig({ issuer, claimsFrom })] }),
    session: sessionConfig(),
    issuers: using,
  })
}

/** A sign-in whose ID token has these claims, and whose UserInfo response is `body`. */
async function signIn(
  at: Browser,
  body: string,
  { type = 'application/json', status = 200, idToken = {}, headers = {} } = {},
) {
  const location = locationOf(await at.begin('/'))
  const nonce = location.searchParams.get('nonce') ?? ''
  provider.setTokenEndpoint(async (response) => {
    const tokens = {
      access_token: accessToken,
      token_type: 'Bearer',
      id_token: await provider.idToken({ nonce, ...idToken }),
    }
    const json = { 'content-type': 'application/json' }
    response.writeHead(200, json).end(JSON.stringify(tokens))
  })
  provider.setUserInfoEndpoint((response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  })
  const back = new URL(location.searchParams.get('redirect_uri') ?? '')
  back.searchParams.set('state', location.searchParams.get('state') ?? '')
  back.searchParams.set('code', 'code')
  return at.callback(back)
}

async function whoami(at: Browser): Promise<unknown> {
  const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
  const { body } = await at.open('userinfo', '/oauth2/userinfo', { headers })
  const { user, uid, groups, email } = JSON.parse(body) as Record<string, unknown>
  return { user, uid, groups, email }
}

const alice = { sub: 'alice', email: 'alice@example.com', groups: ['a', 'b'] }

const json = (value: unknown) => async () => ({ body: JSON.stringify(value) })

const jwt = (make: () => Promise<string>) => async () => ({
  body: await make(),
  type: 'application/jwt',
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('claims from UserInfo', () => {
  it('are mapped with those of the ID token, and asked for with the access token', async () => {
    const at = browser()
    const reply = await signIn(at, JSON.stringify({ ...alice, email_verified: true }))
    assert.deepEqual(reply.event, { name: 'signed-in', user: 'alice@example.com' })
    assert.equal(provider.lastCall('userinfo')?.authorization, `Bearer ${accessToken}`)
    assert.deepEqual(await whoami(at), {
      user: 'alice@example.com',
      uid: 'alice',
      groups: ['a', 'b'],
      email: 'alice@example.com',
    })
  })

  it('are not asked for unless the configuration says so', async () => {
    const at = browser('idToken')
    const reply = await signIn(at, JSON.stringify({ ...alice, email: 'other@example.com' }), {
      idToken: { email: 'alice@example.com' },
    })
    assert.deepEqual(reply.event, { name: 'signed-in', user: 'alice@example.com' })
  })

  it('never say for whom or until when the ID token is', async () => {
    const at = browser()
    const claims = { ...alice, aud: 'other', exp: 1, nbf: 9e9, iss: 'https://evil.example' }
    const reply = await signIn(at, JSON.stringify(claims))
    assert.equal(reply.event?.name, 'signed-in')
  })

  it('may be signed by the issuer', async () => {
    const at = browser()
    const body = await provider.sign({ ...alice, iss: provider.url, aud: 'attache' })
    const reply = await signIn(at, body, { type: 'application/jwt' })
    assert.deepEqual(reply.event, { name: 'signed-in', user: 'alice@example.com' })
  })

  const refused: Readonly<
    Record<string, () => Promise<{ body: string; type?: string; status?: number }>>
  > = {
    'it is of somebody else': json({ ...alice, sub: 'mallory' }),
    'it is of nobody': json({ ...alice, sub: undefined }),
    'its subject is a list': json({ ...alice, sub: ['alice'] }),
    'its subject differs in case': json({ ...alice, sub: 'Alice' }),
    'it is a list': json([alice]),
    'it is null': json(null),
    'it is HTML': async () => ({ body: '<p>alice</p>', type: 'text/html' }),
    'it is no JSON': async () => ({ body: '{"sub":"alice"' }),
    'it is a page that was not found': async () => ({ body: JSON.stringify(alice), status: 404 }),
    'it redirects': async () => ({ body: '', status: 302 }),
    'the address is not verified': json({ ...alice, email_verified: false }),
    'it lacks the name': json({ ...alice, email: undefined }),
    'its name is a list': json({ ...alice, email: ['alice@example.com'] }),
    'it is signed for another client': jwt(() => provider.sign({ ...alice, aud: 'other' })),
    'it is signed as of another issuer': jwt(() => provider.sign({ ...alice, iss: 'https://x' })),
    'it is signed with an unknown key': jwt(async () => {
      const { privateKey } = await generateKeyPair('ES256')
      return new CompactSign(Buffer.from(JSON.stringify(alice)))
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .sign(privateKey)
    }),
    'it is not signed at all': jwt(async () => `${part({ alg: 'none' })}.${part(alice)}.`),
    'it is signed with a secret': jwt(async () =>
      new CompactSign(Buffer.from(JSON.stringify(alice)))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(JSON.stringify(provider.publicJwk))),
    ),
    'it was changed after it was signed': jwt(async () => {
      const [head, , signature] = (await provider.sign(alice)).split('.')
      return `${head}.${part({ ...alice, groups: ['admins'] })}.${signature}`
    }),
    'it is encrypted': jwt(async () => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`),
  }
  for (const [what, make] of Object.entries(refused)) {
    it(`make no session when ${what}`, async () => {
      // A discovery document that allows everything.
      const algorithms = ['none', 'HS256', 'ES256']
      provider.setMetadata({ userinfo_signing_alg_values_supported: algorithms })
      const at = browser()
      const { body, ...how } = await make()
      const reply = await signIn(at, body, how)
      assert.equal(reply.status, 400)
      assert.equal(reply.event?.name, 'sign-in-failed')
      assert.equal(at.jar().size, 0)
    })
  }

  it('make no session when the access token is refused', async () => {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
    const reply = await signIn(browser(), '', { status: 401, headers })
    assert.deepEqual(reply.event, {
      name: 'sign-in-failed',
      detail: 'refused: UserInfo endpoint refused the access token',
    })
  })

  for (const status of [500, 502, 503, 429]) {
    it(`are an unavailable part when the answer is ${status}`, async () => {
      const at = browser()
      await assert.rejects(signIn(at, accessToken, { status }), (error) => {
        assert.ok(error instanceof DependencyError)
        assert.equal(error.dependency, 'provider')
        assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /canary/)
        return true
      })
    })
  }

  it('are an unavailable part when discovery names no such endpoint', async () => {
    provider.setMetadata({ userinfo_endpoint: undefined })
    const fresh = createIssuers([issuer], { now: Date.now, log: pino({ level: 'silent' }) })
    await assert.rejects(
      signIn(browser('userinfo', fresh), JSON.stringify(alice)),
      /no usable "userinfo_endpoint"/,
    )
    await fresh.close()
  })
})

describe('UserInfo of a real provider', () => {
  it('makes the session', async () => {
    const real = await startProvider({
      clientID: 'attache',
      externalURL: new URL('https://app.example.com'),
      people: [{ login: 'alice', claims: { email: 'alice@example.com', groups: ['a'] } }],
    })
    const config = { ...issuer, url: real.url }
    const own = createIssuers([config], { now: Date.now, log: pino({ level: 'silent' }) })
    const at = createBrowser({
      config: signInConfig({
        providers: [
          providerConfig({
            issuer: config,
            claimsFrom: 'userinfo',
            scopes: ['openid', 'email', 'groups'],
          }),
        ],
      }),
      session: sessionConfig(),
      issuers: own,
    })
    const back = await real.signIn(locationOf(await at.begin('/')), 'alice')
    assert.deepEqual((await at.callback(back)).event, {
      name: 'signed-in',
      user: 'alice@example.com',
    })
    assert.equal(real.calls('userinfo').length, 1)
    await own.close()
    await real.close()
  })
})
