import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import { DependencyError } from '../../src/errors.ts'
import { createBackChannelLogout } from '../../src/oidc/back-channel-logout.ts'
import type { EndedAll, Sessions, SessionsOf } from '../../src/session/sessions.ts'
import type { LocalIssuer } from '../authn/issuer/local-issuer.ts'
import { at, closeAll, key, local, trust, type World } from '../authn/issuer/trusted-issuers.ts'
import { rsaKey, signToken } from '../authn/jwt/signed-token.ts'
import { providerConfig } from '../support/config.ts'
import { cookieSessions } from '../support/sessions.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'
const nowMs = Date.UTC(2026, 10, 22)
const iat = nowMs / 1000

interface Asked {
  readonly claims?: object
  readonly header?: object
  readonly form?: (token: string) => string
  readonly end?: Sessions['endAll']
  readonly by?: typeof key
}

function errorIn(body: string) {
  return JSON.parse(body) as { error: string; error_description: string }
}

async function rejected(): Promise<never> {
  throw new DependencyError('session-store', 'Cannot reach redis://canary')
}

describe('back-channel logout', () => {
  let issuer: LocalIssuer
  let world: World
  before(async () => {
    issuer = await local()
    world = trust([{ ...at(issuer), audiences: ['one', 'two'] }])
    world.clock.nowMs = nowMs
  })
  after(closeAll)

  const post = async ({ claims, header, form, end, by = key }: Asked = {}) => {
    const ended: SessionsOf[] = []
    const endAll = async (whose: SessionsOf): Promise<EndedAll> => {
      ended.push(whose)
      return 'ended'
    }
    const config = world.issuers.get(issuer.url)?.config
    assert.ok(config !== undefined)
    const provider = providerConfig({ issuer: config })
    const answer = createBackChannelLogout({
      providers: [
        { ...provider, id: 'first', clientID: 'one' },
        { ...provider, id: 'second', clientID: 'two' },
        { ...provider, id: 'third', clientID: 'two' },
      ],
      issuerOf: world.issuers.get,
      sessions: { ...cookieSessions(), canEndAll: true, endAll: end ?? endAll },
      now: () => nowMs,
      log: pino({ level: 'silent' }),
    })
    const good = { iss: issuer.url, aud: 'one', iat, exp: iat + 120, jti: 'j1', sub: 'alice' }
    const token = signToken(
      { ...good, events: { [event]: {} }, ...claims },
      {
        key: by,
        header: { alg: 'RS256', kid: by.kid, ...header },
      },
    )
    const reply = await answer(form?.(token) ?? `logout_token=${token}`)
    return { ...reply, ended, token }
  }

  it('ends the sessions of a person', async () => {
    const { status, body, headers, ended } = await post()
    assert.equal(status, 200)
    assert.equal(body, '')
    assert.deepEqual(headers, [['cache-control', 'no-store']])
    assert.deepEqual(ended, [
      {
        provider: 'first',
        subject: 'alice',
        providerSession: undefined,
        logoutID: 'j1',
        rememberMs: 1_200_000,
      },
    ])
  })

  it('ends one session of the provider', async () => {
    const { ended } = await post({ claims: { sub: undefined, sid: 's1' } })
    assert.partialDeepStrictEqual(ended, [{ subject: undefined, providerSession: 's1' }])
  })

  it('ends them at every provider that has the client', async () => {
    const { ended } = await post({ claims: { aud: ['two', 'else'] } })
    assert.deepEqual(
      ended.map(({ provider }) => provider),
      ['second', 'third'],
    )
  })

  for (const typ of ['logout+jwt', 'application/logout+JWT', 'JWT', undefined]) {
    it(`takes the type ${typ}`, async () => {
      assert.equal((await post({ header: { typ } })).status, 200)
    })
  }

  const refused: readonly (readonly [what: string, asked: Asked, says: RegExp])[] = [
    ['no iat', { claims: { iat: undefined } }, /"iat" is missing/],
    ['an iat of long ago', { claims: { iat: iat - 601 } }, /"iat" is not of now/],
    ['an iat to come', { claims: { iat: iat + 61 } }, /"iat" is not of now/],
    ['an iat that is text', { claims: { iat: `${iat}` } }, /wrong type|"iat"/],
    ['no exp', { claims: { exp: undefined } }, /"exp" is in the past or absent/],
    ['an exp that has passed', { claims: { exp: iat - 1 } }, /"exp" is in the past/],
    ['no jti', { claims: { jti: undefined } }, /"jti" is missing/],
    ['an empty jti', { claims: { jti: '' } }, /"jti" is missing/],
    ['a nonce, as an ID token has', { claims: { nonce: 'n' } }, /"nonce" must not be there/],
    ['a nonce of null', { claims: { nonce: null } }, /"nonce" must not be there/],
    ['no events', { claims: { events: undefined } }, /"events" names no/],
    ['events that are a list', { claims: { events: [event] } }, /"events" names no/],
    ['an event that is no object', { claims: { events: { [event]: true } } }, /"events" names no/],
    ['another event', { claims: { events: { 'http://x': {} } } }, /"events" names no/],
    ['nobody', { claims: { sub: undefined } }, /neither claim "sub" nor "sid"/],
    ['an empty sid', { claims: { sid: '' } }, /must be text/],
    ['a sub that is a number', { claims: { sub: 5 } }, /wrong type|must be text/],
    ['another audience', { claims: { aud: 'three' } }, /"aud" names no client/],
    ['another issuer', { claims: { iss: 'https://evil.example.com' } }, /nobody signs in/],
    ['the key of a stranger', { by: rsaKey('1') }, /no key of the issuer/],
    ['no algorithm', { header: { alg: 'none' } }, /refused/],
    ['an access token', { header: { typ: 'at+jwt' } }, /"typ" is that of another kind/],
    ['a type that is no text', { header: { typ: 5 } }, /"typ" is that of another kind/],
    ['a junk token', { form: () => 'logout_token=junk' }, /no JWT/],
    ['no token', { form: () => 'x=1' }, /one logout_token/],
    ['an empty one', { form: () => 'logout_token=' }, /one logout_token/],
    ['a long one', { form: () => `logout_token=${'a'.repeat(70_000)}` }, /one logout_token/],
    [
      'two of them',
      { form: (token) => `logout_token=${token}&logout_token=${token}` },
      /one logout_token/,
    ],
    ['one that was followed before', { end: async () => 'replayed' }, /used before/],
  ]
  for (const [what, asked, says] of refused) {
    it(`refuses ${what}`, async () => {
      const { status, headers, body, ended, token } = await post(asked)
      assert.equal(status, 400)
      assert.deepEqual(headers, [
        ['content-type', 'application/json'],
        ['cache-control', 'no-store'],
      ])
      const { error, error_description: description } = errorIn(body)
      assert.equal(error, 'invalid_request')
      assert.match(description, says)
      assert.ok(!body.includes(token))
      assert.deepEqual(ended, [])
    })
  }

  it('refuses a claim that stands there twice', async () => {
    const text = `{"iss":${JSON.stringify(issuer.url)},"aud":"one","iat":${iat},"exp":${iat + 60},"jti":"a","sub":"mallory","sub":"alice","events":{"${event}":{}}}`
    const form = () => `logout_token=${signToken(text, { key })}`
    const { status, body } = await post({ form })
    assert.equal(status, 400)
    assert.match(body, /stands there twice/)
  })

  it('ends at a second attempt what the first one could not reach', async () => {
    const followed = new Set<string>()
    let isAway = true
    const end: Sessions['endAll'] = async ({ provider }) => {
      if (provider === 'third' && isAway) return rejected()
      if (followed.has(provider)) return 'replayed'
      followed.add(provider)
      return 'ended'
    }
    const claims = { aud: 'two' }
    assert.equal((await post({ claims, end })).status, 400)
    isAway = false
    assert.equal((await post({ claims, end })).status, 200)
    assert.deepEqual([...followed], ['second', 'third'])
    const { status, body } = await post({ claims, end })
    assert.equal(status, 400)
    assert.match(errorIn(body).error_description, /used before/)
  })

  it('says so when the sessions cannot be ended', async () => {
    const { status, body } = await post({ end: rejected })
    assert.equal(status, 400)
    assert.equal(errorIn(body).error, 'server_error')
    assert.ok(!body.includes('canary'))
  })
})
