import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Authenticated, IDToken } from '../src/authn/authenticator.ts'
import type { CheckInput } from '../src/check-input.ts'
import type { Config, RouteConfig } from '../src/config/types.ts'
import type { Decision } from '../src/decision.ts'
import type { SignIn } from '../src/oidc/sign-in.ts'
import { checkInput } from './support/check-input.ts'
import { page, setUp, signIn, signInURL } from './support/checker.ts'
import { routeConfig, signInConfig } from './support/config.ts'
import { authenticated, idToken } from './support/user.ts'

/** The clock of {@link setUp} stands at 0. */
const spent = (remedy: IDToken['remedy']) => idToken('spent.id.token', { goodUntilMs: 0, remedy })
const bySession = (overrides: Partial<Authenticated>) =>
  authenticated({ authenticator: 'session', ...overrides })

const headersWithIDToken = {
  user: 'x-forwarded-user',
  groups: 'x-forwarded-groups',
  email: 'x-forwarded-email',
  idToken: 'x-id-token',
}

/** Where a session's ID token goes upstream. */
const sending: Readonly<Record<string, { route: Partial<RouteConfig>; config?: Partial<Config> }>> =
  {
    'authorization: token': { route: { identity: 'kubeflow', authorization: 'token' } },
    'identity: forward': { route: { identity: 'forward', authorization: 'token' } },
    'headers.idToken': {
      route: { identity: 'headers' },
      config: { headers: headersWithIDToken },
    },
  }

interface Asked {
  readonly user: Authenticated
  readonly route: Partial<RouteConfig>
  readonly config?: Partial<Config>
  readonly input?: Parameters<typeof checkInput>[0]
}

/** What became of one request, and all that was said about it. */
async function ask({ user, route, config = {}, input = {} }: Asked) {
  const framed: SignIn = {
    ...signIn,
    begin: async ({ headers }: CheckInput) =>
      headers.get('sec-fetch-dest') === 'iframe' ? { ...page, status: 200, body: 'frame' } : page,
  }
  const { check, events, bugs } = setUp({
    authenticate: async () => user,
    signIn: framed,
    config: { signIn: signInConfig(), ...config, routes: [routeConfig(route)] },
  })
  const decision = await check(checkInput(input), { timeoutMs: undefined })
  assert.deepEqual(bugs, [])
  assert.doesNotMatch(JSON.stringify(decision), /spent\.id\.token/)
  return { decision, events }
}

function statusOf(decision: Decision): number {
  return decision.kind === 'allow' ? 200 : decision.status
}

const kinds: Readonly<Record<string, Parameters<typeof checkInput>[0]>> = {
  'a navigation': { headers: { 'sec-fetch-mode': 'navigate' } },
  'a navigation over plain http': { headers: { accept: 'text/html,*/*' } },
  'a frame': { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' } },
  'a script': { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' } },
  'a form': {
    method: 'POST',
    headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' },
  },
  'a WebSocket': {
    headers: {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-fetch-mode': 'websocket',
      'sec-fetch-site': 'same-origin',
    },
  },
  'an event stream': { headers: { accept: 'text/event-stream', 'sec-fetch-mode': 'cors' } },
  'a page fetched ahead': {
    headers: { 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch;prerender' },
  },
  'a program with the cookie': {},
}
/** As of a session that has ended. */
const signInStatus: Readonly<Record<string, number>> = {
  'a navigation': 302,
  'a navigation over plain http': 302,
  'a frame': 200,
}

for (const [where, { route, config }] of Object.entries(sending)) {
  describe(`a session's ID token that has ended, with ${where}`, () => {
    for (const [who, input] of Object.entries(kinds)) {
      it(`leads ${who} to sign-in as a session that has ended does`, async () => {
        const user = bySession({ idToken: spent('sign-in') })
        const { decision, events } = await ask({ user, route, ...(config && { config }), input })
        assert.equal(statusOf(decision), signInStatus[who] ?? 401)
        const dead = setUp({
          authenticate: async () => ({
            kind: 'rejected',
            reason: 'credential-expired',
            detail: 'x',
            isSession: true,
          }),
          signIn,
          config: { signIn: signInConfig(), ...config, routes: [routeConfig(route)] },
        })
        const expected = await dead.check(checkInput(input), { timeoutMs: undefined })
        assert.equal(events[0]?.kind, dead.events[0]?.kind)
        assert.ok(decision.kind === 'reply' && expected.kind === 'reply')
        const names = (reply: typeof decision) => reply.headers.map(([name]) => name)
        assert.deepEqual(names(decision), names(expected))
      })

      it(`is unavailable to ${who} while the provider may still give another`, async () => {
        const user = bySession({ idToken: spent('wait') })
        const { decision, events } = await ask({ user, route, ...(config && { config }), input })
        assert.equal(statusOf(decision), 503)
        assert.ok(decision.kind === 'reply')
        assert.ok(decision.headers.some(([name]) => name === 'retry-after'))
        assert.ok(!decision.headers.some(([name]) => name === 'set-cookie'))
        assert.partialDeepStrictEqual(events, [{ kind: 'denied', reason: 'unavailable' }])
      })
    }

    it('goes on until then', async () => {
      const user = bySession({ idToken: idToken('good', { goodUntilMs: 1 }) })
      const { decision } = await ask({ user, route, ...(config && { config }) })
      assert.match(JSON.stringify(decision.kind === 'allow' && decision.upstream.set), /good/)
    })
  })
}

describe("a session's ID token that has ended", () => {
  const others: readonly Partial<RouteConfig>[] = [
    { identity: 'kubeflow', authorization: 'remove' },
    { identity: 'kubeflow', authorization: 'keep' },
    { identity: 'headers', authorization: 'remove' },
    { identity: undefined, access: 'public' },
  ]
  for (const route of others) {
    for (const remedy of ['sign-in', 'wait'] as const) {
      it(`(${remedy}) is of no interest with ${JSON.stringify(route)}`, async () => {
        const { decision } = await ask({ user: bySession({ idToken: spent(remedy) }), route })
        assert.equal(decision.kind, 'allow')
      })
    }
  }

  it('tells a script where to sign in, and a log who it was', async () => {
    const route = { identity: 'kubeflow', authorization: 'token' } as const
    const user = bySession({ idToken: spent('sign-in') })
    const { decision, events } = await ask({ user, route })
    const read: (text: string) => { readonly signIn: string; readonly type: string } = JSON.parse
    assert.ok(decision.kind === 'reply')
    assert.equal(read(decision.body).signIn, signInURL)
    const [event] = events
    assert.ok(event?.kind === 'denied')
    assert.equal(event.reason, 'credential-expired')
    assert.equal(event.user?.user.name, 'alice')
  })

  it('helps no other credential, and hinders none', async () => {
    const route = { identity: 'kubeflow', authorization: 'token' } as const
    const { decision } = await ask({ user: authenticated(), route })
    assert.equal(decision.kind, 'allow')
  })

  it('comes after what the route refuses anyway: a foreign page learns nothing', async () => {
    const route = { identity: 'kubeflow', authorization: 'token' } as const
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const user = bySession({ idToken: spent('sign-in') })
    const { decision, events } = await ask({ user, route, input: { method: 'POST', headers } })
    assert.equal(statusOf(decision), 403)
    assert.partialDeepStrictEqual(events, [{ reason: 'cross-site' }])
  })

  it('answers a navigation as `unauthenticated` says, where nobody is sent to sign in', async () => {
    const route = { identity: 'kubeflow', authorization: 'token' } as const
    const unauthenticated = { navigate: 403, api: 401, other: 403 } as const
    const config = { signIn: signInConfig({ unauthenticated }) }
    const user = bySession({ idToken: spent('sign-in') })
    const input = { headers: { 'sec-fetch-mode': 'navigate' } }
    assert.equal(statusOf((await ask({ user, route, config, input })).decision), 403)
  })
})
