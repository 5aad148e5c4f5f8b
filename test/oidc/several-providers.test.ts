import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import type {
  ClientAuthentication,
  ProviderConfig,
  SignInConfig,
} from '../../src/config/browser-types.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { browser as knownBrowser, signedIn } from '../support/known-provider.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { type Browser, createBrowser, header, locationOf } from '../support/sign-in-browser.ts'

const externalURL = new URL('https://app.example.com')

/** Two providers that are never asked for anything. */
const two = {
  config: {
    providers: [
      providerConfig({ id: 'company', displayName: 'Company <account>' }),
      providerConfig({ id: 'partner', displayName: 'Partners' }),
    ],
  },
}

function links({ body }: { readonly body: string }): readonly string[] {
  return [...body.matchAll(/href="(\/oauth2\/start[^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  )
}

describe('several providers', () => {
  it('are a page to pick from, which begins nothing yet', async () => {
    const at = knownBrowser(two)
    const reply = await at.begin('/wanted?x=1&y=2')
    assert.equal(reply.status, 200)
    assert.equal(header(reply.headers, 'cache-control'), 'no-store')
    assert.equal(reply.event, undefined)
    assert.equal(at.jar().size, 0)
    assert.match(reply.body, /Company &lt;account&gt;/)
    const rd = 'rd=%2Fwanted%3Fx%3D1%26y%3D2'
    assert.deepEqual(links(reply), [
      `/oauth2/start?${rd}&provider=company`,
      `/oauth2/start?${rd}&provider=partner`,
    ])
  })

  for (const endpoint of ['start', 'sign_in'] as const) {
    it(`are picked from at ${endpoint}, unless one is named`, async () => {
      const picking = await knownBrowser(two).open(endpoint, `/oauth2/${endpoint}?rd=/x`)
      assert.equal(links(picking).length, 2)
      const at = knownBrowser(two)
      const named = await at.open(endpoint, `/oauth2/${endpoint}?rd=/x&provider=partner`)
      assert.equal(named.status, 302)
      assert.equal(at.jar().size, 1)
    })

    for (const query of ['nobody', '', 'Company', 'company&provider=partner', '__proto__']) {
      it(`has a page for ?provider=${query} at ${endpoint}, which sets no cookie`, async () => {
        const at = knownBrowser(two)
        const reply = await at.open(endpoint, `/oauth2/${endpoint}?rd=/x&provider=${query}`)
        assert.equal(reply.status, 400)
        assert.deepEqual(links(reply), ['/oauth2/start?rd=%2Fx'])
        const detail = 'unknown-provider: none has the id that was asked for'
        assert.deepEqual(reply.event, { name: 'sign-in-failed', detail })
        assert.equal(at.jar().size, 0)
      })
    }
  }

  it('leave the choice to the route, and to a frame that takes the window', async () => {
    const at = knownBrowser(two)
    assert.equal((await at.begin('/x', {}, 'partner')).status, 302)
    const headers = { 'sec-fetch-dest': 'iframe' }
    const framed = await knownBrowser(two).begin('/x', { headers }, 'partner')
    assert.deepEqual(links(framed), ['/oauth2/start?rd=%2Fx&provider=partner'])
  })

  it('can be asked not to take their own session for an answer', async () => {
    const picking = await knownBrowser(two).open('start', '/oauth2/start?prompt=login')
    for (const link of links(picking)) assert.match(link, /&prompt=login$/)
    const prompts = { login: 'login', select_account: 'select_account', none: null, 'x y': null }
    for (const [prompt, sent] of Object.entries(prompts)) {
      const path = `/oauth2/start?provider=company&prompt=${encodeURIComponent(prompt)}`
      const location = locationOf(await knownBrowser(two).open('start', path))
      assert.equal(location.searchParams.get('prompt'), sent)
    }
  })

  it('tell which of them the session is of', async () => {
    const [company, partner] = two.config.providers
    assert.ok(company && partner)
    const config = { providers: [partner, { ...company, id: 'dex', displayName: 'The other' }] }
    const { body } = await (await signedIn({ config })).open('userinfo', '/oauth2/userinfo')
    assert.match(body, /The other/)
  })
})

describe('the provider of last time', () => {
  it('is pointed out, and picked by nobody but the person', async () => {
    const at = knownBrowser(two)
    at.setJar(new Map([['__Host-attache-p', 'partner']]))
    const reply = await at.begin('/')
    assert.equal(links(reply).length, 2)
    assert.match(reply.body, /class="remembered" href="[^"]*provider=partner"/)
    assert.doesNotMatch(reply.body, /class="remembered" href="[^"]*provider=company"/)
  })

  for (const value of ['nobody', '', '<script>', 'partner,company', '__proto__']) {
    it(`is none of them when the cookie says ${JSON.stringify(value)}`, async () => {
      const at = knownBrowser(two)
      at.setJar(new Map([['__Host-attache-p', value]]))
      const reply = await at.begin('/')
      assert.equal(reply.status, 200)
      assert.doesNotMatch(reply.body, /class="remembered"|<script/)
    })
  }
})

interface Realm {
  readonly provider: TestProvider
  readonly config: ProviderConfig
}

/** A real provider with a client of its own, and how Attaché knows it. */
async function startRealm(
  id: string,
  overrides: Partial<ProviderConfig>,
  client: Partial<Parameters<typeof startProvider>[0]> = {},
): Promise<Realm> {
  const provider = await startProvider({
    clientID: `client-of-${id}`,
    externalURL,
    people: [{ login: `alice@${id}`, claims: { groups: [`${id}s`] } }],
    ...client,
  })
  const issuer = issuerConfig({
    url: provider.url,
    allowHttp: true,
    audiences: [`client-of-${id}`],
    claimMappings: {
      ...issuerConfig().claimMappings,
      username: { claim: 'sub', prefix: `${id}:` },
    },
  })
  const config = providerConfig({
    id,
    displayName: `The ${id}`,
    issuer,
    clientID: `client-of-${id}`,
    scopes: ['openid', 'groups'],
    ...overrides,
  })
  return { provider, config }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')

function keyOf(privateKey: KeyObject, keyID: string): ClientAuthentication {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { method: 'private_key_jwt', key: { pem, keyID } }
}

function publish(key: KeyObject, kid: string, alg: string) {
  const { kty = '', ...jwk } = key.export({ format: 'jwk' })
  return { ...jwk, kty, kid, alg, use: 'sig' }
}

describe('several real providers', () => {
  let realms: readonly Realm[]
  let issuers: Issuers
  let config: SignInConfig

  before(async () => {
    const secret = 'a client secret: %+&'
    realms = await Promise.all([
      startRealm('anybody', { clientAuthentication: { method: 'none' } }),
      startRealm(
        'header',
        { clientAuthentication: { method: 'client_secret_basic', clientSecret: secret } },
        { clientSecret: secret },
      ),
      startRealm(
        'form',
        { clientAuthentication: { method: 'client_secret_post', clientSecret: secret } },
        { clientSecret: secret, clientAuthentication: 'client_secret_post' },
      ),
      startRealm(
        'automatic',
        { clientAuthentication: { method: 'auto', clientSecret: secret } },
        { clientSecret: secret },
      ),
      ...[
        { name: 'rsa', pair: rsa, alg: 'RS256' },
        { name: 'ec', pair: ec, alg: 'ES256' },
        { name: 'ed', pair: ed, alg: 'Ed25519' },
      ].map(({ name, pair, alg }) =>
        startRealm(
          name,
          { clientAuthentication: keyOf(pair.privateKey, `${name}-1`) },
          {
            clientAuthentication: 'private_key_jwt',
            clientKeys: [publish(pair.publicKey, `${name}-1`, alg)],
          },
        ),
      ),
    ])
    issuers = createIssuers(
      realms.map((realm) => realm.config.issuer),
      { now: Date.now, log: pino({ level: 'silent' }) },
    )
    config = signInConfig({ providers: realms.map((realm) => realm.config) })
  })

  after(async () => {
    await issuers.close()
    for (const { provider } of realms) await provider.close()
  })

  const newBrowser = () => createBrowser({ config, session: sessionConfig(), issuers })
  const realm = (id: string): Realm => {
    const found = realms.find((one) => one.config.id === id)
    assert.ok(found)
    return found
  }
  const signIn = async (at: Browser, id: string) => {
    const { provider } = realm(id)
    const began = await at.open('start', `/oauth2/start?rd=/x&provider=${id}`)
    return at.callback(await provider.signIn(locationOf(began), `alice@${id}`))
  }

  const shown = {
    anybody: 'none',
    header: 'basic',
    form: 'post',
    automatic: 'basic',
    rsa: 'jwt',
    ec: 'jwt',
    ed: 'jwt',
  }
  for (const [id, how] of Object.entries(shown)) {
    it(`sign in with "${id}", whose client proves itself by ${how}`, async () => {
      const at = newBrowser()
      const reply = await signIn(at, id)
      assert.deepEqual(reply.event, { name: 'signed-in', user: `${id}:alice@${id}` })
      const [call] = realm(id).provider.calls('token')
      assert.equal(call?.clientAuthentication, how)
      const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
      const info = await at.open('userinfo', '/oauth2/userinfo', { headers })
      assert.match(info.body, new RegExp(`"groups":\\["${id}s"\\].*"provider":"${id}"`))
      assert.equal(at.jar().get('__Host-attache-p'), id)
    })
  }

  it('are remembered for next time, in a cookie that says nothing else', async () => {
    const at = newBrowser()
    const reply = await signIn(at, 'form')
    const [line] = reply.headers.filter(([, value]) => value.startsWith('__Host-attache-p='))
    assert.deepEqual(line, [
      'set-cookie',
      '__Host-attache-p=form; Path=/; Max-Age=15724800; HttpOnly; Secure; SameSite=Lax',
    ])
    const again = await signIn(at, 'form')
    assert.ok(!again.headers.some(([, value]) => value.startsWith('__Host-attache-p=')))
    await at.open('sign_out', '/oauth2/sign_out')
    assert.deepEqual([...at.jar().keys()], ['__Host-attache-p'])
  })

  it('do not end each other’s sign-ins: mix-up', async () => {
    const at = newBrowser()
    const began = locationOf(await at.open('start', '/oauth2/start?provider=header'))
    const other = locationOf(await at.open('start', '/oauth2/start?provider=form'))
    const theirs = await realm('form').provider.signIn(other, 'alice@form')
    const calls = realm('header').provider.calls('token').length
    // The code of the one, with the state of the other: RFC 9207 tells them apart before it is sent.
    theirs.searchParams.set('state', began.searchParams.get('state') ?? '')
    const reply = await at.callback(theirs)
    assert.equal(reply.status, 400)
    assert.match(reply.event?.name === 'sign-in-failed' ? reply.event.detail : '', /^not-believed/)
    assert.equal(realm('header').provider.calls('token').length, calls)
  })

  it('are signed out of where the session is from', async () => {
    const at = newBrowser()
    await signIn(at, 'ec')
    const location = locationOf(await at.open('sign_out', '/oauth2/sign_out'))
    assert.equal(location.origin, realm('ec').provider.url)
    assert.equal(location.searchParams.get('client_id'), 'client-of-ec')
  })

  it('refuse a client whose key they do not know', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const stranger = { ...realm('ec').config, clientAuthentication: keyOf(privateKey, 'ec-1') }
    const at = createBrowser({
      config: signInConfig({ providers: [stranger] }),
      session: sessionConfig(),
      issuers,
    })
    const reply = await signIn(at, 'ec')
    assert.equal(reply.status, 400)
    assert.match(reply.event?.name === 'sign-in-failed' ? reply.event.detail : '', /^refused/)
  })
})
