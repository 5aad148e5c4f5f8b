import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import { createIssuers } from '../../src/authn/issuer/issuers.ts'
import type { ProviderConfig, SignInConfig } from '../../src/config/browser-types.ts'
import type { IssuerConfig } from '../../src/config/types.ts'
import { DependencyError } from '../../src/errors.ts'
import { createProviders } from '../../src/oidc/provider/provider.ts'
import { createRefresh } from '../../src/oidc/refresh.ts'
import type { NewSession, RefreshableSession, Sessions } from '../../src/session/sessions.ts'
import { issuerConfig, providerConfig, sessionConfig, signInConfig } from '../support/config.ts'
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { createBrowser, locationOf } from '../support/sign-in-browser.ts'

const log = pino({ level: 'silent' })

function refreshOf(config: SignInConfig, issuers: Issuers) {
  const { verifyToken } = issuers
  return createRefresh({ providers: createProviders(config, issuers), verifyToken })
}

describe('createRefresh() with a real provider', () => {
  let provider: TestProvider
  let issuer: IssuerConfig
  let issuers: Issuers

  before(async () => {
    provider = await startProvider({
      clientID: 'attache',
      clientSecret: 'the secret of refreshes',
      externalURL: new URL('https://app.example.com'),
      people: [],
      refreshTokens: 'one-time',
    })
    issuer = issuerConfig({ url: provider.url, allowHttp: true })
    issuers = createIssuers([issuer], { now: Date.now, log })
  })

  after(async () => {
    await issuers.close()
    await provider.close()
  })

  beforeEach(() => {
    provider.mend()
    provider.setClaims('alice', { groups: ['a'], email: 'alice@example.com' })
  })

  /** What a sign-in of alice saves, and how it is refreshed. */
  async function signIn(overrides: Partial<ProviderConfig> = {}) {
    const config = signInConfig({
      providers: [
        providerConfig({
          issuer,
          clientAuthentication: { method: 'auto', clientSecret: 'the secret of refreshes' },
          scopes: ['openid', 'email', 'groups'],
          ...overrides,
        }),
      ],
    })
    const at = createBrowser({ config, session: sessionConfig(), issuers })
    let saved: NewSession | undefined
    const save: Sessions['save'] = (session, request) => {
      saved = session
      return at.sessions.save(session, request)
    }
    const watching = createBrowser({
      config,
      session: sessionConfig(),
      issuers,
      sessions: { ...at.sessions, save },
    })
    const began = await watching.begin('/')
    await watching.callback(await provider.signIn(locationOf(began), 'alice'))
    assert.ok(saved?.refreshToken !== undefined)
    const session: RefreshableSession = { ...saved, refreshToken: saved.refreshToken }
    return { session, refresh: refreshOf(config, issuers) }
  }

  it('gives the session that a sign-in would, with new groups and the next refresh token', async () => {
    const { session, refresh } = await signIn()
    provider.setClaims('alice', { groups: ['a', 'new'], email: 'new@example.com' })
    const first = await refresh(session)
    assert.ok(first.kind === 'renewed')
    const { user, email, refreshToken, subject, idToken, idTokenExpiresAtMs } = first.session
    assert.deepEqual([user.name, user.groups, email], ['alice', ['a', 'new'], 'new@example.com'])
    assert.equal(subject, 'alice')
    assert.equal(idToken.split('.').length, 3)
    assert.ok(idTokenExpiresAtMs > Date.now())
    assert.ok(refreshToken !== undefined && refreshToken !== session.refreshToken)
    assert.equal((await refresh({ ...session, refreshToken })).kind, 'renewed')
  })

  it('ends with a refresh token that was used already', async () => {
    const { session, refresh } = await signIn()
    await refresh(session)
    assert.deepEqual(await refresh(session), {
      kind: 'ended',
      detail: 'token endpoint answered invalid_grant',
    })
  })

  it('ends when the provider revoked it', async () => {
    const { session, refresh } = await signIn()
    await provider.revoke('alice')
    assert.equal((await refresh(session)).kind, 'ended')
  })

  it('ends for a person whom the provider does not know any more', async () => {
    const { session, refresh } = await signIn()
    provider.setClaims('alice', undefined)
    assert.equal((await refresh(session)).kind, 'ended')
  })

  it('maps what UserInfo says now', async () => {
    const { session, refresh } = await signIn({ claimsFrom: 'userinfo' })
    provider.setClaims('alice', { groups: ['b'] })
    const renewed = await refresh(session)
    assert.ok(renewed.kind === 'renewed')
    assert.deepEqual(renewed.session.user.groups, ['b'])
  })

  const faults = ['error', 'reset', 'lost-answer'] as const
  for (const fault of faults) {
    it(`says nothing of the session when the token endpoint fails: ${fault}`, async () => {
      const { session, refresh } = await signIn()
      provider.fail('token', fault)
      await assert.rejects(refresh(session), DependencyError)
    })
  }

  it('brings nothing new when the token endpoint answers garbage', async () => {
    const { session, refresh } = await signIn()
    provider.fail('token', 'garbage')
    assert.equal((await refresh(session)).kind, 'refused')
  })

  it('says nothing of the session when UserInfo fails', async () => {
    const { session, refresh } = await signIn({ claimsFrom: 'userinfo' })
    provider.fail('userinfo', 'error')
    await assert.rejects(refresh(session), DependencyError)
  })

  it('brings nothing new when the client is not known any more', async () => {
    const { session } = await signIn()
    const clientAuthentication = { method: 'auto', clientSecret: 'another' } as const
    const config = signInConfig({ providers: [providerConfig({ issuer, clientAuthentication })] })
    assert.equal((await refreshOf(config, issuers)(session)).kind, 'refused')
  })

  it('ends the session of a provider that is not configured any more', async () => {
    const { session, refresh } = await signIn()
    assert.equal((await refresh({ ...session, provider: 'other' })).kind, 'ended')
  })
})

describe('createRefresh() with a hostile provider', () => {
  const secrets = { refreshToken: 'canary-refresh-1', accessToken: 'canary-access-2' }
  let provider: HostileProvider
  let issuers: Issuers

  before(async () => {
    provider = await startHostileProvider()
    issuers = createIssuers([issuer()], { now: Date.now, log })
  })

  after(async () => {
    await issuers.close()
    await provider.close()
  })

  function issuer(): IssuerConfig {
    const rules = [{ claim: 'tier', requiredValue: 'gold' }]
    return issuerConfig({ url: provider.url, allowHttp: true, claimValidationRules: rules })
  }

  const session: RefreshableSession = {
    provider: 'dex',
    refreshToken: secrets.refreshToken,
    subject: 'alice',
    providerSession: 'sid-1',
  }

  /** A refresh whose answer is `body`, and whose UserInfo response is `claims`. */
  async function refresh(
    body: Readonly<Record<string, unknown>>,
    { claimsFrom = 'idToken', claims = {}, from = session }: RefreshCase = {},
  ) {
    const type = { 'content-type': 'application/json' }
    provider.setTokenEndpoint((response) => {
      const tokens = { access_token: secrets.accessToken, token_type: 'Bearer', ...body }
      response.writeHead(200, type).end(JSON.stringify(tokens))
    })
    provider.setUserInfoEndpoint((response) => {
      response.writeHead(200, type).end(JSON.stringify(claims))
    })
    const config = signInConfig({ providers: [providerConfig({ issuer: issuer(), claimsFrom })] })
    return refreshOf(config, issuers)(from)
  }

  interface RefreshCase {
    readonly claimsFrom?: 'idToken' | 'userinfo'
    readonly claims?: Readonly<Record<string, unknown>>
    readonly from?: RefreshableSession
  }

  const gold = { tier: 'gold', sid: 'sid-1', groups: ['now'] }
  const idToken = (claims = {}) => provider.idToken({ ...gold, ...claims })

  it('sends the refresh token, and keeps it when there is no other', async () => {
    const renewed = await refresh({ id_token: await idToken() })
    assert.ok(renewed.kind === 'renewed')
    assert.equal(renewed.session.refreshToken, secrets.refreshToken)
    assert.equal(renewed.session.providerSession, 'sid-1')
    assert.deepEqual(provider.lastCall('token')?.form, {
      client_id: 'attache',
      grant_type: 'refresh_token',
      refresh_token: secrets.refreshToken,
    })
  })

  it('keeps the name of the session at the provider when the ID token leaves it out', async () => {
    const renewed = await refresh({ id_token: await idToken({ sid: undefined }) })
    assert.ok(renewed.kind === 'renewed')
    assert.equal(renewed.session.providerSession, 'sid-1')
  })

  it('learns the name of a session that had none', async () => {
    const from = { ...session, providerSession: undefined }
    const renewed = await refresh({ id_token: await idToken() }, { from })
    assert.ok(renewed.kind === 'renewed')
    assert.equal(renewed.session.providerSession, 'sid-1')
  })

  const others: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'it is of somebody else': { sub: 'mallory' },
    'its subject differs in case': { sub: 'Alice' },
    'it is of another session': { sid: 'sid-2' },
    'a rule does not hold any more': { tier: 'tin' },
  }
  for (const [what, claims] of Object.entries(others)) {
    it(`ends with an ID token when ${what}`, async () => {
      assert.equal((await refresh({ id_token: await idToken(claims) })).kind, 'ended')
    })
  }

  const useless: Readonly<Record<string, () => Promise<string>>> = {
    'is no JWT': async () => 'a.b.c',
    'is of another issuer': () => idToken({ iss: 'https://evil.example' }),
    'is for another audience': () => idToken({ aud: 'other' }),
    'has expired': () => idToken({ exp: 1 }),
    'is for later': () => idToken({ nbf: 9_000_000_000 }),
    'no key of the issuer fits': () =>
      provider.idToken({ ...gold }, { kid: 'rotated a moment ago' }),
    'was changed': async () => {
      const [head, , signature] = (await idToken()).split('.')
      const [, changed] = (await idToken({ groups: ['admins'] })).split('.')
      return `${head}.${changed}.${signature}`
    },
    'has no subject': () => idToken({ sub: undefined }),
  }
  for (const [what, make] of Object.entries(useless)) {
    it(`brings nothing new with an ID token that ${what}`, async () => {
      const text = await make()
      assert.equal((await refresh({ id_token: text })).kind, 'refused')
    })
  }

  it('brings nothing new with an empty refresh token', async () => {
    const answer = await refresh({ id_token: await idToken(), refresh_token: '' })
    assert.equal(answer.kind, 'refused')
  })

  it('goes on as before without an ID token', async () => {
    assert.deepEqual(await refresh({ refresh_token: 'next' }), {
      kind: 'continued',
      identity: undefined,
      refreshToken: 'next',
    })
  })

  it('asks UserInfo who it is now without an ID token', async () => {
    const claims = { sub: 'alice', tier: 'gold', groups: ['b'], email: 'a@b.c' }
    const answer = await refresh({}, { claimsFrom: 'userinfo', claims })
    assert.ok(answer.kind === 'continued')
    assert.equal(answer.identity?.user.name, 'alice')
    assert.deepEqual(answer.identity.user.groups, ['b'])
    assert.equal(answer.identity.email, 'a@b.c')
    assert.equal(answer.refreshToken, secrets.refreshToken)
  })

  it('ends without an ID token when UserInfo does not do for the rules', async () => {
    const claims = { sub: 'alice', tier: 'tin' }
    assert.equal((await refresh({}, { claimsFrom: 'userinfo', claims })).kind, 'ended')
  })

  it('does not believe UserInfo of somebody else', async () => {
    const claims = { sub: 'mallory', tier: 'gold' }
    assert.equal((await refresh({}, { claimsFrom: 'userinfo', claims })).kind, 'refused')
  })

  const errors: readonly (readonly [status: number, error: string, becomes: string])[] = [
    [400, 'invalid_grant', 'ended'],
    [401, 'invalid_grant', 'ended'],
    [400, 'invalid_request', 'refused'],
    [401, 'invalid_client', 'refused'],
    [400, 'unauthorized_client', 'refused'],
    [400, 'invalid_scope', 'refused'],
    [400, 'access_denied', 'refused'],
    [400, 'Invalid_Grant', 'refused'],
    [400, 'server_error', 'no answer'],
    [400, 'temporarily_unavailable', 'no answer'],
    [500, 'invalid_grant', 'no answer'],
    [429, 'invalid_grant', 'no answer'],
    [503, 'temporarily_unavailable', 'no answer'],
  ]
  for (const [status, error, becomes] of errors) {
    it(`takes ${status} ${error} for "${becomes}", and tells no secret`, async () => {
      provider.setTokenEndpoint((response) => {
        const body = { error, error_description: secrets.refreshToken }
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
      const config = signInConfig({ providers: [providerConfig({ issuer: issuer() })] })
      const outcome = await refreshOf(config, issuers)(session).catch((cause: unknown) => cause)
      const kind = outcome instanceof DependencyError ? 'no answer' : /kind: '(\w+)'/
      assert.equal(typeof kind === 'string' ? kind : kind.exec(inspect(outcome))?.[1], becomes)
      assert.doesNotMatch(inspect(outcome, { depth: 10, showHidden: true }), /canary/)
    })
  }
})
