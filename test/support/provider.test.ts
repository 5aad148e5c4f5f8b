import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import { fetch } from 'undici'
import { firstAuthority } from './authorities.ts'
import { startProvider, type TestProvider } from './provider.ts'
import { createTrustingAgent } from './provider-browser.ts'
import type { ProviderOptions } from './provider-configuration.ts'

const externalURL = new URL('https://app.example.com')
const redirectURI = new URL('/oauth2/callback', externalURL).href
const clientSecret = 'a client secret: %+&'
const people = [{ login: 'alice', claims: { groups: ['a'], email: 'alice@example.com' } }]

const stops: (() => Promise<void>)[] = []
after(async () => {
  for (const stop of stops) await stop()
})

async function start(options: Partial<ProviderOptions> = {}): Promise<TestProvider> {
  const base = { clientID: 'attache', externalURL, people }
  const provider = await startProvider({ ...base, clientSecret, ...options })
  stops.push(provider.close)
  return provider
}

const agent = createTrustingAgent()

async function discover(
  { url }: TestProvider,
  how: openid.ClientAuth = openid.ClientSecretBasic(clientSecret),
  clientID = 'attache',
): Promise<openid.Configuration> {
  return openid.discovery(new URL(url), clientID, undefined, how, {
    execute: [openid.allowInsecureRequests],
    [openid.customFetch]: async (address, options) =>
      fetch(address, {
        method: options.method,
        headers: options.headers,
        body: options.body instanceof URLSearchParams ? options.body : null,
        signal: options.signal ?? null,
        dispatcher: agent,
      }),
  })
}

type SignIn = (authorizationURL: URL, login: string) => Promise<URL>

/** From the authorization request to the tokens. */
async function signIn(config: openid.Configuration, at: SignIn) {
  const verifier = openid.randomPKCECodeVerifier()
  const request = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectURI,
    scope: 'openid email groups',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const callback = await at(request, 'alice')
  const tokens = await openid.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    expectedState: 'state-1',
    expectedNonce: 'nonce-1',
  })
  return { callback, tokens }
}

async function refresh(config: openid.Configuration, token: string | undefined) {
  return openid.refreshTokenGrant(config, token ?? '')
}

const invalidGrant = { error: 'invalid_grant' }

describe('the clients of the provider', () => {
  it('say who they are in each way', async () => {
    const keys = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'c1', alg: 'ES256' }
    const methods = [
      ['client_secret_basic', 'basic', openid.ClientSecretBasic(clientSecret)],
      ['client_secret_post', 'post', openid.ClientSecretPost(clientSecret)],
      ['private_key_jwt', 'jwt', openid.PrivateKeyJwt({ key: keys.privateKey, kid: 'c1' })],
      ['none', 'none', openid.None()],
    ] as const
    const clients = methods.map(([method]) => ({
      clientID: `client-${method}`,
      externalURL,
      clientAuthentication: method,
      ...(method.startsWith('client_secret') && { clientSecret }),
      ...(method === 'private_key_jwt' && { clientKeys: [jwk] }),
    }))
    const provider = await start({ clients })
    for (const [method, , how] of methods) {
      const config = await discover(provider, how, `client-${method}`)
      const { callback, tokens } = await signIn(config, provider.signIn)
      assert.equal(callback.searchParams.get('iss'), provider.url)
      assert.equal(tokens.claims()?.sub, 'alice')
      assert.equal(tokens.refresh_token, undefined)
    }
    assert.deepEqual(
      provider.calls('token').map(({ secrets, ...call }) => ({
        ...call,
        showsSecret: secrets.includes(clientSecret),
      })),
      methods.map(([, clientAuthentication]) => ({
        grantType: 'authorization_code',
        clientAuthentication,
        showsSecret: clientAuthentication === 'post',
      })),
    )
  })

  it('reach it over TLS', async () => {
    const provider = await start({ tls: firstAuthority.server })
    assert.match(provider.url, /^https:/)
    const { tokens } = await signIn(await discover(provider), provider.signIn)
    assert.equal(tokens.claims()?.iss, provider.url)
  })
})

describe('refresh tokens of the provider', () => {
  it('work once, and a second use ends the grant', async () => {
    const provider = await start({ refreshTokens: 'one-time' })
    const config = await discover(provider)
    const { tokens: first } = await signIn(config, provider.signIn)
    provider.setClaims('alice', { groups: ['b', 'c'] })
    const second = await refresh(config, first.refresh_token)
    assert.deepEqual(second.claims()?.['groups'], ['b', 'c'])
    assert.notEqual(second.refresh_token, first.refresh_token)
    await assert.rejects(refresh(config, first.refresh_token), invalidGrant)
    await assert.rejects(refresh(config, second.refresh_token), invalidGrant)
    assert.deepEqual(
      provider.calls('token').map(({ grantType }) => grantType),
      ['authorization_code', 'refresh_token', 'refresh_token', 'refresh_token'],
    )
  })

  it('end when they are revoked, and with the person', async () => {
    const provider = await start({ refreshTokens: 'reusable' })
    const config = await discover(provider)
    const { tokens: first } = await signIn(config, provider.signIn)
    const again = await refresh(config, first.refresh_token)
    assert.equal(again.refresh_token, first.refresh_token)
    await provider.revoke('alice')
    await assert.rejects(refresh(config, first.refresh_token), invalidGrant)
    const { tokens: second } = await signIn(config, provider.signIn)
    provider.setClaims('alice', undefined)
    await assert.rejects(refresh(config, second.refresh_token), invalidGrant)
  })

  it('end with the session there', async () => {
    const provider = await start({ refreshTokens: 'one-time' })
    const config = await discover(provider)
    const browser = provider.newBrowser()
    const { tokens } = await signIn(config, browser.signIn)
    const landing = await browser.signOut(
      openid.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: new URL('/oauth2/sign_out', externalURL).href,
      }),
    )
    assert.equal(landing.origin, externalURL.origin)
    await assert.rejects(refresh(config, tokens.refresh_token), invalidGrant)
  })
})

describe('back-channel logout of the provider', () => {
  for (const [named, sessionRequired] of [
    ['the session', true],
    ['only the person', false],
  ] as const) {
    it(`names ${named}`, async () => {
      const told: string[] = []
      let status = 200
      const hear = async (request: Readable) => {
        told.push(new URLSearchParams(await text(request)).get('logout_token') ?? '')
      }
      const listener = createServer((request, response) => {
        void hear(request).then(() => response.writeHead(status).end())
      }).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      stops.push(async () => void listener.close())
      const { port } = listener.address() as AddressInfo
      const provider = await start({
        backchannelLogoutURI: `http://127.0.0.1:${port}/logout`,
        backchannelLogoutSessionRequired: sessionRequired,
      })
      const config = await discover(provider)
      const { tokens } = await signIn(config, provider.signIn)
      const { sid } = decodeJwt<{ sid?: string }>(tokens.id_token ?? '')
      await provider.logOut('attache', { login: 'alice', ...(sid !== undefined && { sid }) })
      await provider.signOut(
        openid.buildEndSessionUrl(config, {
          id_token_hint: tokens.id_token ?? '',
          post_logout_redirect_uri: new URL('/oauth2/sign_out', externalURL).href,
        }),
      )
      assert.deepEqual(
        told.map((token) => {
          const { iss, aud, sub, sid: session } = decodeJwt(token)
          return { iss, aud, sub, session }
        }),
        Array.from({ length: 2 }, () => ({
          iss: provider.url,
          aud: 'attache',
          sub: 'alice',
          session: sessionRequired ? sid : undefined,
        })),
      )
      status = 400
      await assert.rejects(provider.logOut('attache', { login: 'alice' }), /400 Bad Request/)
    })
  }
})

describe('the faults of the provider', () => {
  it('are of one endpoint, for so many requests', async () => {
    const provider = await start({ refreshTokens: 'reusable' })
    const config = await discover(provider)
    const { refresh_token: token } = (await signIn(config, provider.signIn)).tokens
    provider.fail('token', 'error', 1)
    await assert.rejects(refresh(config, token), /unexpected HTTP response status/)
    await refresh(config, token)
    provider.fail('token', 'invalid-grant')
    await assert.rejects(refresh(config, token), invalidGrant)
    await assert.rejects(refresh(config, token), invalidGrant)
    provider.fail('token', 'garbage')
    await assert.rejects(refresh(config, token), /parsing/)
    provider.fail('token', 'reset')
    await assert.rejects(refresh(config, token), /something went wrong|fetch failed/)
    provider.mend()
    await refresh(config, token)
    provider.fail('discovery', 'error')
    await assert.rejects(discover(provider))
  })

  it('lose the answer after the work is done', async () => {
    const provider = await start({ refreshTokens: 'one-time' })
    const config = await discover(provider)
    const { tokens } = await signIn(config, provider.signIn)
    provider.fail('token', 'lost-answer', 1)
    await assert.rejects(refresh(config, tokens.refresh_token), /something went wrong|fetch failed/)
    await assert.rejects(refresh(config, tokens.refresh_token), invalidGrant)
  })

  it('hold requests until they are mended', async () => {
    const provider = await start({ refreshTokens: 'one-time' })
    const config = await discover(provider)
    const { tokens } = await signIn(config, provider.signIn)
    provider.fail('token', 'hold')
    const answer = refresh(config, tokens.refresh_token)
    while (provider.held() === 0) await new Promise(setImmediate)
    provider.mend('token')
    assert.equal((await answer).claims()?.sub, 'alice')
    assert.equal(provider.held(), 0)
  })

  it('take it away, and back with what it knew', async () => {
    const provider = await start({ refreshTokens: 'one-time' })
    const config = await discover(provider)
    const { tokens } = await signIn(config, provider.signIn)
    await provider.halt()
    await assert.rejects(refresh(config, tokens.refresh_token))
    await provider.resume()
    assert.equal((await refresh(config, tokens.refresh_token)).claims()?.sub, 'alice')
  })

  it('signs what no provider would', async () => {
    const provider = await start()
    const token = await provider.sign({ events: {}, nonce: 'n' }, { typ: 'logout+jwt' })
    assert.deepEqual(decodeJwt(token), { events: {}, nonce: 'n' })
    const { keys } = (await (await fetch(`${provider.url}/jwks`)).json()) as { keys: object[] }
    assert.equal(keys.length, 1)
  })
})
