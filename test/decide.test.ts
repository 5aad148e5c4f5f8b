import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noCredential, type Outcome } from '../src/authn/authenticator.ts'
import type { CheckInput } from '../src/check-input.ts'
import type { Config, RouteConfig } from '../src/config/types.ts'
import { admit, passOn, refuseForm, refuseOnRoute, type Verdict } from '../src/decide.ts'
import { createUpstreamHeaders } from '../src/headers/upstream.ts'
import { checkInput } from './support/check-input.ts'
import { config, routeConfig, signInConfig } from './support/config.ts'
import { authenticated, userInfo } from './support/user.ts'

const expired: Outcome = { kind: 'rejected', reason: 'credential-expired', detail: 'exp' }
const deadSession: Outcome = { ...expired, isSession: true }
const navigation = { 'sec-fetch-mode': 'navigate' }
const signIn = signInConfig()

interface Case {
  readonly when: string
  readonly outcome: Outcome
  readonly input?: Parameters<typeof checkInput>[0]
  readonly route?: Partial<RouteConfig>
  readonly isApiPath?: boolean
  readonly isAnonymousPath?: boolean
  readonly config?: Partial<Config>
  readonly is: string
}

const session = authenticated({ authenticator: 'session' })
const unauthenticatedBy = { navigate: 403, api: 401, other: 403 } as const

const cases: readonly Case[] = [
  { when: 'a user', outcome: authenticated(), is: 'allow' },
  { when: 'nobody', outcome: noCredential, is: 'deny no-credential' },
  { when: 'a bad token', outcome: expired, is: 'deny credential-expired' },
  {
    when: 'nobody, navigating, sign-in on offer',
    outcome: noCredential,
    input: { headers: navigation },
    config: { signIn },
    is: 'sign-in',
  },
  {
    when: 'nobody, navigating, no sign-in on offer',
    outcome: noCredential,
    input: { headers: navigation },
    is: 'deny no-credential',
  },
  {
    when: 'a dead session, navigating',
    outcome: deadSession,
    input: { headers: navigation },
    config: { signIn },
    is: 'sign-in',
  },
  {
    when: 'a bad client certificate, navigating',
    outcome: expired,
    input: { headers: navigation },
    config: { signIn },
    is: 'deny credential-expired',
  },
  ...(['client-certificate', 'basic'] as const).flatMap((authenticator): readonly Case[] => {
    const outcome = authenticated({ authenticator })
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const own = { origin: 'https://app.example.com', 'sec-fetch-site': 'same-origin' }
    const upgrade = { upgrade: 'websocket', connection: 'upgrade' }
    const post = { method: 'POST' }
    const by = `by ${authenticator}`
    const denied = 'deny cross-site'
    return [
      { when: `a program's POST ${by}`, outcome, input: post, is: 'allow' },
      { when: `a page's POST ${by}`, outcome, input: { ...post, headers: own }, is: 'allow' },
      {
        when: `a foreign page's POST ${by}`,
        outcome,
        input: { ...post, headers: foreign },
        is: denied,
      },
      { when: `a foreign page's GET ${by}`, outcome, input: { headers: foreign }, is: 'allow' },
      {
        when: `a foreign page's WebSocket ${by}`,
        outcome,
        input: { headers: { ...upgrade, origin: foreign.origin } },
        is: denied,
      },
      { when: `a program's upgrade ${by}`, outcome, input: { headers: upgrade }, is: 'allow' },
    ]
  }),
  {
    when: "a foreign page's POST with a bearer token",
    outcome: authenticated(),
    input: { method: 'POST', headers: { origin: 'https://evil.example' } },
    is: 'allow',
  },
  {
    when: 'nobody, where that is enough',
    outcome: noCredential,
    isAnonymousPath: true,
    is: 'allow',
  },
  {
    when: 'a bad token, where nobody would be enough',
    outcome: expired,
    isAnonymousPath: true,
    is: 'deny credential-expired',
  },
  {
    when: 'nobody, where that is enough, on a route that sends the token on',
    outcome: noCredential,
    isAnonymousPath: true,
    route: { authorization: 'token' },
    is: 'deny token-required',
  },
  {
    when: 'a dead session, fetching',
    outcome: deadSession,
    config: { signIn },
    is: 'deny credential-expired',
  },
  {
    when: 'nobody, navigating to an API path',
    outcome: noCredential,
    input: { headers: navigation },
    isApiPath: true,
    config: { signIn },
    is: 'deny no-credential 401',
  },
  {
    when: 'nobody, navigating to an API server',
    outcome: noCredential,
    input: { headers: navigation },
    route: { identity: 'impersonate' },
    config: { signIn },
    is: 'deny no-credential 401',
  },
  {
    when: 'nobody, navigating, where the configuration says 403',
    outcome: noCredential,
    input: { headers: navigation },
    config: { signIn: signInConfig({ unauthenticated: unauthenticatedBy }) },
    is: 'deny no-credential 403',
  },
  {
    when: 'nobody, fetching, where the configuration says 403',
    outcome: noCredential,
    config: { signIn: signInConfig({ unauthenticated: unauthenticatedBy }) },
    is: 'deny no-credential 403',
  },
  {
    when: 'a preflight where they are denied',
    outcome: noCredential,
    input: { method: 'OPTIONS', headers: { origin: 'a', 'access-control-request-method': 'PUT' } },
    is: 'deny no-credential',
  },
  {
    when: 'a preflight where they pass',
    outcome: noCredential,
    input: { method: 'OPTIONS', headers: { origin: 'a', 'access-control-request-method': 'PUT' } },
    route: { preflight: 'pass' },
    is: 'allow',
  },
  {
    when: 'a preflight with a bad credential where they pass',
    outcome: expired,
    input: { method: 'OPTIONS', headers: { origin: 'a', 'access-control-request-method': 'PUT' } },
    route: { preflight: 'pass' },
    is: 'deny credential-expired',
  },
  {
    when: 'an OPTIONS that is no preflight, where they pass',
    outcome: noCredential,
    input: { method: 'OPTIONS' },
    route: { preflight: 'pass' },
    is: 'deny no-credential',
  },
  {
    when: 'a session that posts from another site',
    outcome: session,
    input: { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } },
    is: 'deny cross-site',
  },
  {
    when: 'a session that posts from its own pages',
    outcome: session,
    input: { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } },
    is: 'allow',
  },
  {
    when: 'a session that opens a WebSocket from nowhere',
    outcome: session,
    input: { headers: { upgrade: 'websocket', connection: 'Upgrade' } },
    is: 'deny cross-site',
  },
  { when: 'a token that posts', outcome: authenticated(), input: { method: 'POST' }, is: 'allow' },
  {
    when: 'a user whom no header can name',
    outcome: authenticated({ user: userInfo({ name: '' }) }),
    route: { identity: 'impersonate' },
    is: 'deny identity-unsayable',
  },
]

function summary(verdict: Verdict): string {
  if (verdict.kind !== 'deny') return verdict.kind
  return ['deny', verdict.reason, ...(verdict.status === undefined ? [] : [verdict.status])].join(
    ' ',
  )
}

const place = { isApiPath: false, isAnonymousPath: false, readings: ['/'], captures: [{}] }

describe('admit() and passOn()', () => {
  for (const { when, outcome, is, ...rest } of cases) {
    it(`answers "${is}" to ${when}`, () => {
      const policy = policyOf(config(rest.config))
      const request = {
        input: checkInput(rest.input),
        route: routeConfig(rest.route),
        ...place,
        isApiPath: rest.isApiPath ?? false,
        isAnonymousPath: rest.isAnonymousPath ?? false,
      }
      const verdict = admit(outcome, { request, policy })
      const passed =
        verdict.kind === 'admitted'
          ? passOn({ user: verdict.user, credential: undefined }, { request, policy })
          : verdict
      assert.equal(summary(passed), is)
    })
  }
})

function policyOf(checked: Config) {
  const upstreamHeaders = createUpstreamHeaders({
    config: checked,
    withoutOwnCookies: () => undefined,
    onOmittedGroups: () => {},
  })
  return { config: checked, upstreamHeaders }
}

const subprotocol = 'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.ZXZpbA'

describe('refuseForm()', () => {
  it('refuses an upgrade whose Connection names more than it must', () => {
    const headers = { upgrade: 'websocket', connection: 'Upgrade, Impersonate-User' }
    assert.equal(refuseForm(checkInput({ headers }))?.reason, 'connection-header')
  })

  it('lets an ordinary request through', () => {
    assert.equal(refuseForm(checkInput()), undefined)
  })
})

const impersonating = routeConfig({ identity: 'impersonate' })

function refusal(input: CheckInput, route: RouteConfig, checked = config()): string | undefined {
  return refuseOnRoute({ input, route, ...place }, checked)?.reason
}

describe('refuseOnRoute()', () => {
  for (const authorization of [
    ...['Bearer a,Bearer b', 'bearer a, Digest b', ' Basic eA==,Bearer b'],
    ...['Digest a="b",Bearer c', 'Digest a="b", c="d", bearer e'],
    ...['\u0085Bearer a,\u0085Bearer b', 'Digest a="b",\u00a0basic eA=='],
  ]) {
    it(`refuses two Authorization lines, joined as "${authorization}"`, () => {
      const input = checkInput({ headers: { authorization } })
      assert.equal(refusal(input, routeConfig()), 'ambiguous-credential')
    })
  }

  it('refuses two bearer tokens, one of them among the WebSocket subprotocols', () => {
    const headers = { 'sec-websocket-protocol': subprotocol }
    const two = { ...headers, authorization: 'bearer x' }
    assert.equal(refusal(checkInput({ headers: two }), routeConfig()), 'ambiguous-credential')
    assert.equal(refusal(checkInput({ headers }), routeConfig()), undefined)
  })

  it('lets a scheme with commas of its own through', () => {
    const headers = { authorization: 'Digest username="a", realm="b"' }
    assert.equal(refusal(checkInput({ headers }), routeConfig()), undefined)
  })

  const names = ['impersonate-user', 'impersonate_group', 'x-attache-requested-impersonate-extra-a']
  for (const name of names) {
    it(`refuses "${name}" of a client before an API server`, () => {
      assert.equal(
        refusal(checkInput({ headers: { [name]: 'x' } }), impersonating),
        'client-impersonation',
      )
    })
  }

  it('takes them away instead, where the configuration says so', () => {
    const { impersonate } = config()
    const removing = config({ impersonate: { ...impersonate, clientHeaders: 'remove' } })
    const input = checkInput({ headers: { 'impersonate-user': 'x' } })
    assert.equal(refusal(input, impersonating, removing), undefined)
  })

  it('refuses an HTTP check without a source before an API server', () => {
    const input = checkInput({ transport: 'http', source: undefined })
    assert.equal(refusal(input, impersonating), 'malformed-request')
    assert.equal(refusal(input, routeConfig()), undefined)
  })
})
