import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Authenticated } from '../../src/authn/authenticator.ts'
import type { CheckInput } from '../../src/check-input.ts'
import type { Config, RouteConfig } from '../../src/config/types.ts'
import type { HeaderChanges } from '../../src/headers/changes.ts'
import { createUpstreamHeaders, type UpstreamRequest } from '../../src/headers/upstream.ts'
import { checkInput } from '../support/check-input.ts'
import { config, routeConfig } from '../support/config.ts'
import { authenticated, idToken, userInfo } from '../support/user.ts'

const omitted: string[] = []

function writer(overrides: Partial<Config> = {}) {
  return createUpstreamHeaders({
    config: config(overrides),
    withoutOwnCookies: (cookie) => {
      const others = cookie.split('; ').filter((pair) => !pair.startsWith('own='))
      return others.length === cookie.split('; ').length ? undefined : others.join('; ')
    },
    onOmittedGroups: (_, groups) => omitted.push(...groups),
  })
}

/** A request of a path with one reading, and no captures. */
function on(input: CheckInput, route: RouteConfig): UpstreamRequest {
  return { input, route, readings: [input.path], captures: [{}] }
}

/** A user, and Attaché's own credential. */
function as(user: Authenticated, credential = 'ours') {
  return { user, credential }
}

interface Options {
  readonly headers?: Readonly<Record<string, string>>
  readonly route?: Partial<RouteConfig>
  readonly user?: Parameters<typeof authenticated>[0]
  readonly config?: Partial<Config>
}

function changesFor({ headers = {}, route = {}, user = {}, ...rest }: Options): HeaderChanges {
  const input = checkInput({ headers })
  const written = writer(rest.config).authenticated(
    on(input, routeConfig(route)),
    as(authenticated(user)),
  )
  assert.ok(written.kind === 'changes', 'refused')
  return written.changes
}

const smuggled = [
  'impersonate-user',
  'impersonate-group',
  'impersonate-uid',
  'impersonate-extra-scopes',
  'impersonate-extra-a%2fb',
  'impersonate-future',
  'impersonate_user',
  'impersonate_extra_x',
  'kubeflow-userid',
  'kubeflow_userid',
  'kubeflow-groups',
  'x-remote-user',
  'x_remote_group',
  'x-remote-extra-x',
  'x-forwarded-user',
  'x_forwarded_user',
  'x-forwarded-groups',
  'x-forwarded-email',
  'x-attache-decision',
  'x-attache-requested-impersonate-extra-x',
  'x-envoy-auth-failure-mode-allowed',
]

describe('createUpstreamHeaders()', () => {
  for (const identity of ['impersonate', 'kubeflow', 'headers', 'forward'] as const) {
    it(`takes every identity header of the client away with identity "${identity}"`, () => {
      const headers = Object.fromEntries(smuggled.map((name) => [name, 'evil']))
      const { set, append, remove } = changesFor({ headers, route: { identity } })
      const written = [...set, ...append].map(([name]) => name)
      assert.deepEqual(
        smuggled.filter((name) => !written.includes(name) && !remove.includes(name)),
        [],
      )
      assert.ok(![...set, ...append].some(([, value]) => value === 'evil'))
    })

    it(`never names one header twice with identity "${identity}"`, () => {
      const headers = Object.fromEntries(smuggled.map((name) => [name, 'evil']))
      const user = { user: userInfo({ uid: 'u', groups: ['a', 'b'] }), email: 'a@example.com' }
      const { set, append, remove } = changesFor({ headers, user, route: { identity } })
      const names = [
        ...set.map(([name]) => name),
        ...new Set(append.map(([name]) => name)),
        ...remove,
      ]
      assert.equal(new Set(names).size, names.length)
    })
  }

  it('removes the fixed names even when it saw none of them', () => {
    const { remove } = changesFor({ route: { identity: 'headers' } })
    for (const name of [
      'impersonate-user',
      'impersonate-group',
      'kubeflow-userid',
      'x-remote-user',
    ]) {
      assert.ok(remove.includes(name), name)
    }
  })

  it('hands out the same changes for the same user and route, and others for others', () => {
    const write = writer()
    const alice = authenticated()
    const route = routeConfig()
    const plain = checkInput()
    const first = write.authenticated(on(plain, route), as(alice))
    assert.equal(write.authenticated(on(checkInput({ path: '/other' }), route), as(alice)), first)
    const others = [
      write.authenticated(on(checkInput({ headers: { impersonate_x: '1' } }), route), as(alice)),
      write.authenticated(on(checkInput({ headers: { cookie: 'own=1' } }), route), as(alice)),
      write.authenticated(on(checkInput({ headers: { cookie: 'own=1; a=b' } }), route), as(alice)),
      write.authenticated(on(plain, routeConfig({ name: 'routes[1]' })), as(alice)),
      write.authenticated(on(plain, route), as(authenticated())),
    ]
    assert.ok(others.every((other) => other !== first))
  })

  it('removes the same list of names for users who lose the same, and another for others', () => {
    const write = writer()
    const removed = (groups: readonly string[]) => {
      const user = authenticated({ user: userInfo({ groups }) })
      const written = write.authenticated(on(checkInput(), routeConfig()), as(user))
      return written.kind === 'changes' ? written.changes.remove : assert.fail(written.reason)
    }
    assert.equal(removed(['b', 'c']), removed(['a']))
    // Nothing is set there, so whatever the client sent under that name must go.
    const more = removed([]).filter((name) => !removed(['a']).includes(name))
    assert.deepEqual(more, ['x-forwarded-groups'])
  })

  it('keeps the changes of a few routes for one user, and writes right beyond them', () => {
    const write = writer()
    const alice = authenticated()
    const routes = Array.from({ length: 20 }, (_, at) => routeConfig({ name: `routes[${at}]` }))
    const written = () =>
      routes.map((route) => write.authenticated(on(checkInput(), route), as(alice)))
    assert.deepEqual(written(), written())
  })

  it('writes anew when the credential is another, and for nobody else meanwhile', () => {
    const write = writer({ impersonate: { ...ours, credential: 'attach' } })
    const route = routeConfig({ identity: 'impersonate' })
    const alice = authenticated()
    const sent = (credential: string) => {
      const written = write.authenticated(on(checkInput(), route), as(alice, credential))
      assert.ok(written.kind === 'changes')
      return written.changes.set.find(([name]) => name === 'authorization')?.[1]
    }
    assert.deepEqual(
      [sent('a'), sent('a'), sent('b'), sent('a')],
      ['Bearer a', 'Bearer a', 'Bearer b', 'Bearer a'],
    )
  })

  it('takes its own cookies away and leaves the others', () => {
    const alone = changesFor({ headers: { cookie: 'own=1' } })
    const beside = changesFor({ headers: { cookie: 'a=1; own=1; b=2' } })
    const without = changesFor({ headers: { cookie: 'a=1' } })
    assert.ok(alone.remove.includes('cookie'))
    assert.deepEqual(
      beside.set.filter(([name]) => name === 'cookie'),
      [['cookie', 'a=1; b=2']],
    )
    assert.ok(!without.remove.includes('cookie'))
    assert.ok(!without.set.some(([name]) => name === 'cookie'))
  })

  it('says the e-mail address where the user has one', () => {
    const { set } = changesFor({ user: { email: 'a@example.com' } })
    assert.deepEqual(set.at(-1), ['x-forwarded-email', 'a@example.com'])
  })

  it('tells of groups that are left out', () => {
    const user = { user: userInfo({ groups: ['a,b'] }) }
    changesFor({ user, route: { identity: 'kubeflow' } })
    assert.deepEqual(omitted.splice(0), ['a,b'])
  })

  it('refuses an identity that no header can say, on every kind of route', () => {
    for (const identity of ['impersonate', 'kubeflow', 'headers'] as const) {
      const user = authenticated({ user: userInfo({ name: ' ' }) })
      const written = writer().authenticated(on(checkInput(), routeConfig({ identity })), as(user))
      assert.equal(written.kind === 'refused' && written.reason, 'identity-unsayable')
    }
  })
})

const ours = config().impersonate
const bearer = { authorization: 'Bearer theirs' }

const authorizations: readonly (Options & { when: string; is: string })[] = [
  { when: 'remove', is: 'removed' },
  { when: 'token, of a bearer', route: { authorization: 'token' }, is: 'untouched' },
  {
    when: 'token, of a session',
    route: { authorization: 'token' },
    user: { authenticator: 'session', idToken: idToken('idt') },
    is: 'Bearer idt',
  },
  { when: 'keep, of a bearer', route: { authorization: 'keep' }, is: 'removed' },
  {
    when: 'keep, of another scheme',
    headers: { authorization: 'Digest x' },
    route: { authorization: 'keep' },
    user: { authenticator: 'session' },
    is: 'untouched',
  },
  {
    when: 'token, of a ServiceAccount',
    route: { authorization: 'token' },
    user: { authenticator: 'service-account' },
    is: 'untouched',
  },
  {
    when: 'keep, of Basic',
    headers: { authorization: 'Basic eDp5' },
    route: { authorization: 'keep' },
    user: { authenticator: 'session' },
    is: 'untouched',
  },
  {
    when: 'keep, of Basic that is a credential here',
    headers: { authorization: 'Basic eDp5' },
    route: { authorization: 'keep' },
    user: { authenticator: 'client-certificate' },
    config: { basic: { hashes: new Map(), users: new Map() } },
    is: 'removed',
  },
  {
    when: 'keep, of Basic behind what only Go takes for a blank',
    headers: { authorization: '\u0085Basic eDp5' },
    route: { authorization: 'keep' },
    user: { authenticator: 'basic' },
    config: { basic: { hashes: new Map(), users: new Map() } },
    is: 'removed',
  },
  {
    when: 'keep, of a bearer behind what only Go takes for a blank',
    headers: { authorization: '\u0085Bearer x' },
    route: { authorization: 'keep' },
    is: 'removed',
  },
  {
    when: 'impersonate, of a ServiceAccount that is sent on',
    route: { identity: 'impersonate' },
    user: { authenticator: 'service-account' },
    config: { impersonate: { ...ours, credential: 'attach', serviceAccounts: 'forward' } },
    is: 'untouched',
  },
  {
    when: 'impersonate, of a token that only the API server knows, behind jwt_authn',
    route: { identity: 'impersonate' },
    user: { authenticator: 'token-review' },
    config: { impersonate: { ...ours, credential: 'append', serviceAccounts: 'forward' } },
    is: 'appended Bearer theirs',
  },
  {
    when: 'impersonate, of anybody else where ServiceAccounts are sent on',
    route: { identity: 'impersonate' },
    user: { authenticator: 'client-certificate' },
    config: { impersonate: { ...ours, credential: 'attach', serviceAccounts: 'forward' } },
    is: 'Bearer ours',
  },
  { when: 'forward', route: { identity: 'forward', authorization: 'token' }, is: 'untouched' },
  { when: 'impersonate without a credential', route: { identity: 'impersonate' }, is: 'removed' },
  {
    when: 'impersonate with one attached',
    route: { identity: 'impersonate' },
    config: { impersonate: { ...ours, credential: 'attach' } },
    is: 'Bearer ours',
  },
  {
    when: 'impersonate with one appended',
    route: { identity: 'impersonate' },
    config: { impersonate: { ...ours, credential: 'append' } },
    is: 'appended Bearer ours',
  },
]

describe('Authorization upstream', () => {
  for (const { when, is, ...options } of authorizations) {
    it(`is ${is} with ${when}`, () => {
      const { set, append, remove } = changesFor({ headers: bearer, ...options })
      const written = set.find(([name]) => name === 'authorization')?.[1]
      const appended = append.find(([name]) => name === 'authorization')?.[1]
      const found =
        written ??
        (appended === undefined ? undefined : `appended ${appended}`) ??
        (remove.includes('authorization') ? 'removed' : 'untouched')
      assert.equal(found, is)
    })
  }

  for (const authenticator of ['session', 'client-certificate', 'basic', 'anonymous'] as const) {
    it(`is refused with token, of a user by ${authenticator} who has none`, () => {
      const route = routeConfig({ authorization: 'token' })
      const written = writer().authenticated(
        on(checkInput(), route),
        as(authenticated({ authenticator })),
      )
      assert.equal(written.kind === 'refused' && written.reason, 'token-required')
    })
  }

  it('goes without Impersonate-* where a token is sent on as it is', () => {
    const { set, append, remove } = changesFor({
      headers: { ...bearer, 'impersonate-group': 'system:masters' },
      route: { identity: 'impersonate' },
      user: { authenticator: 'service-account', user: userInfo({ groups: ['a'] }) },
      config: { impersonate: { ...ours, credential: 'attach', serviceAccounts: 'forward' } },
    })
    assert.deepEqual([set, append], [[], []])
    assert.ok(remove.includes('impersonate-user') && remove.includes('impersonate-group'))
  })
})

const headersWith = (protocols: string) => ({
  upgrade: 'websocket',
  'sec-websocket-protocol': protocols,
})
const protocolsOf = ({ set, remove }: HeaderChanges) =>
  set.find(([name]) => name === 'sec-websocket-protocol')?.[1] ??
  (remove.includes('sec-websocket-protocol') ? 'removed' : 'untouched')

describe('a bearer token among WebSocket subprotocols', () => {
  const encoded = `base64url.bearer.authorization.k8s.io.${Buffer.from('a.b.c').toString('base64url')}`
  for (const [protocols, is] of [
    [`v5.channel.k8s.io, ${encoded}`, 'v5.channel.k8s.io'],
    [`${encoded},v5.channel.k8s.io,v4.channel.k8s.io`, 'v5.channel.k8s.io, v4.channel.k8s.io'],
    [`v5.channel.k8s.io,${encoded.toUpperCase()}`, 'v5.channel.k8s.io'],
    [encoded, 'removed'],
    ['v5.channel.k8s.io', 'untouched'],
  ] as const) {
    it(`is taken out: ${protocols.slice(0, 30)}… becomes "${is}"`, () => {
      for (const identity of ['impersonate', 'kubeflow', 'headers'] as const) {
        const changes = changesFor({ headers: headersWith(protocols), route: { identity } })
        assert.equal(protocolsOf(changes), is)
        assert.ok(!JSON.stringify(changes.set).includes('a.b.c'))
      }
      const { upgrade: _, ...plain } = headersWith(protocols)
      assert.equal(protocolsOf(changesFor({ headers: plain })), is)
    })
  }

  it('goes on as Authorization where the route sends tokens on', () => {
    const headers = headersWith(`v5.channel.k8s.io, ${encoded}`)
    const { set } = changesFor({ headers, route: { authorization: 'token' } })
    assert.deepEqual(set.find(([name]) => name === 'authorization')?.[1], 'Bearer a.b.c')
  })

  it('goes on in one piece, whatever white space was in it', () => {
    const spaced = Buffer.from('a.b\u00a0 .\tc').toString('base64url')
    const headers = headersWith(`x, base64url.bearer.authorization.k8s.io.${spaced}`)
    const { set } = changesFor({ headers, route: { authorization: 'token' } })
    assert.deepEqual(set.find(([name]) => name === 'authorization')?.[1], 'Bearer a.b.c')
  })

  it('is not kept for another request of the same user', () => {
    const user = authenticated()
    const at = writer()
    const route = routeConfig()
    const withIt = checkInput({ headers: headersWith(`x, ${encoded}`) })
    const first = at.authenticated(on(withIt, route), as(user))
    const second = at.authenticated(on(checkInput(), route), as(user))
    assert.ok(first.kind === 'changes' && second.kind === 'changes')
    assert.equal(protocolsOf(second.changes), 'untouched')
  })
})

describe('an anonymous request', () => {
  it('keeps its Authorization and other cookies on a public route', () => {
    const input = checkInput({ headers: { ...bearer, cookie: 'own=1; a=b', impersonate_x: '1' } })
    const { set, remove } = writer().anonymous(input, { strip: false })
    assert.deepEqual(set, [['cookie', 'a=b']])
    assert.ok(remove.includes('impersonate_x'))
    assert.ok(!remove.includes('authorization'))
  })

  it('loses its credentials as a preflight that passes', () => {
    const input = checkInput({ headers: { ...bearer, cookie: 'a=b' } })
    const { set, remove } = writer().anonymous(input, { strip: true })
    assert.deepEqual(set, [])
    assert.ok(remove.includes('authorization') && remove.includes('cookie'))
  })
})
