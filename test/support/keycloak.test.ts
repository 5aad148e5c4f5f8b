import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import { type Chromium, startChromium } from './chromium.ts'
import { chromiumBinary } from './chromium-binary.ts'
import { type Keycloak, startKeycloak } from './keycloak.ts'
import { keycloakDistribution } from './keycloak-distribution.ts'
import { type KeycloakRealm, realmPassword } from './keycloak-realm.ts'
import { part } from './require.ts'

const distribution = await part('Keycloak', keycloakDistribution)
const binary = await part('Chromium', chromiumBinary)

const clientSecret = 'a client secret: %+&'
const invalidGrant = { error: 'invalid_grant' }

describe('the test bed with Keycloak', { skip: distribution.skip }, () => {
  let keycloak: Keycloak
  let realm: KeycloakRealm
  let externalURL: URL
  let basic: openid.Configuration
  const told: string[] = []
  const hear = async (request: Readable) => {
    const form = new URLSearchParams(await text(request))
    const token = form.get('logout_token')
    if (token !== null) told.push(token)
  }
  const listener = createServer((request, response) => {
    void hear(request).then(() => response.end('back'))
  })

  before(async () => {
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    externalURL = new URL(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`)
    keycloak = await startKeycloak(distribution.get())
    realm = await keycloak.createRealm({
      name: 'one',
      people: [{ login: 'alice', groups: ['a,b', 'team-a'] }, { login: 'robert' }],
      clients: [
        { clientID: 'public', externalURL },
        {
          clientID: 'basic',
          clientSecret,
          externalURL,
          backchannelLogoutURL: new URL('/logout', externalURL).href,
        },
      ],
      oneTimeRefreshTokens: true,
      lifetimeSeconds: { token: 60 },
    })
    basic = await discover(realm, 'basic', openid.ClientSecretBasic(clientSecret))
  })
  after(async () => {
    await keycloak.stop()
    listener.closeAllConnections()
    listener.close()
  })

  const signIn = async (
    config: openid.Configuration,
    at: (url: URL, login: string) => Promise<URL>,
    login = 'alice',
  ) => {
    const verifier = openid.randomPKCECodeVerifier()
    const request = openid.buildAuthorizationUrl(config, {
      redirect_uri: new URL('/oauth2/callback', externalURL).href,
      scope: 'openid email groups',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const callback = await at(request, login)
    return openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier })
  }
  const refresh = async (tokens: openid.TokenEndpointResponse) =>
    openid.refreshTokenGrant(basic, tokens.refresh_token ?? '')

  it('signs in with groups, and refreshes once with those of then', async () => {
    const tokens = await signIn(basic, realm.newBrowser().signIn)
    assert.deepEqual(tokens.claims()?.['groups'], ['a,b', 'team-a'])
    assert.equal(tokens.expires_in, 60)
    await realm.setGroups('alice', ['team-b'])
    const next = await refresh(tokens)
    assert.deepEqual(next.claims()?.['groups'], ['team-b'])
    await assert.rejects(refresh(tokens), invalidGrant)
  })

  it('knows public clients, and those with a key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const clientKeys = [{ ...(await exportJWK(publicKey)), kid: 'c1', alg: 'ES256', use: 'sig' }]
    const other = await keycloak.createRealm({
      name: 'two',
      people: [{ login: 'alice' }],
      clients: [{ clientID: 'keyed', clientKeys, externalURL }],
    })
    const signedIn = [
      await signIn(await discover(realm, 'public', openid.None()), realm.newBrowser().signIn),
      await signIn(
        await discover(other, 'keyed', openid.PrivateKeyJwt({ key: privateKey, kid: 'c1' })),
        other.newBrowser().signIn,
      ),
    ]
    assert.deepEqual(
      signedIn.map((tokens) => tokens.claims()?.iss),
      [realm.issuer, other.issuer],
    )
  })

  it('tells the client when a session ends', async () => {
    told.length = 0
    const first = await signIn(basic, realm.newBrowser().signIn)
    const second = await signIn(basic, realm.newBrowser().signIn)
    const [firstSID = '', secondSID = ''] = [first, second].map(
      (tokens) => decodeJwt<{ sid: string }>(tokens.id_token ?? '').sid,
    )
    await realm.endSession(firstSID)
    assert.deepEqual(
      told.map((token) => decodeJwt(token)['sid']),
      [firstSID],
    )
    assert.ok((await realm.sessions('alice')).includes(secondSID))
    await realm.logOut('alice')
    assert.ok(told.some((token) => decodeJwt(token)['sid'] === secondSID))
    assert.deepEqual(await realm.sessions('alice'), [])
    await assert.rejects(refresh(second), invalidGrant)
  })

  it('ends tokens with the person, and all at once', async () => {
    const first = await signIn(basic, realm.newBrowser().signIn, 'robert')
    await realm.setEnabled('robert', false)
    await assert.rejects(refresh(first), invalidGrant)
    await realm.setEnabled('robert', true)
    const second = await signIn(basic, realm.newBrowser().signIn, 'robert')
    await realm.revokeAll()
    await assert.rejects(refresh(second), invalidGrant)
    await realm.call('PUT', '', { notBefore: 0 })
  })

  it('signs with a new key', async () => {
    const first = await signIn(basic, realm.newBrowser().signIn)
    await realm.addKey()
    const second = await refresh(first)
    assert.notEqual(keyOf(second), keyOf(first))
  })

  it('comes back with the sessions that it had', async () => {
    const tokens = await signIn(basic, realm.newBrowser().signIn)
    await keycloak.halt()
    await assert.rejects(refresh(tokens))
    await keycloak.resume()
    assert.equal((await refresh(tokens)).claims()?.sub, tokens.claims()?.sub)
  })

  it('signs in a person at a browser', { skip: binary.skip }, async () => {
    const browser: Chromium = await startChromium(binary.get())
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    const tokens = await signIn(basic, async (address, login) => {
      await page.goto(address.href)
      await page.fill('#username', login)
      await page.fill('#password', realmPassword)
      await page.click('#kc-login')
      await page.waitForURL(`${externalURL.href}**`)
      return new URL(page.url())
    })
    assert.equal(tokens.claims()?.['email'], 'alice@example.com')
    await browser.close()
  })
})

async function discover(
  { issuer }: KeycloakRealm,
  clientID: string,
  how: openid.ClientAuth,
): Promise<openid.Configuration> {
  return openid.discovery(new URL(issuer), clientID, undefined, how, {
    execute: [openid.allowInsecureRequests],
  })
}

function keyOf(tokens: openid.TokenEndpointResponse): string | undefined {
  return decodeProtectedHeader(tokens.id_token ?? '').kid
}
