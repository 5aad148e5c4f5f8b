import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Authenticator, noCredential } from '../src/authn/authenticator.ts'
import type { CheckDeps } from '../src/check.ts'
import { DependencyError } from '../src/errors.ts'
import type { SignIn } from '../src/oidc/sign-in.ts'
import { checkInput } from './support/check-input.ts'
import { asReply, page, setUp, signIn, signInURL } from './support/checker.ts'
import { routeConfig, signInConfig } from './support/config.ts'
import { authenticated, userInfo } from './support/user.ts'

const anything = { paths: undefined, hosts: undefined, methods: undefined }

interface ProblemBody {
  readonly type: string
  readonly signIn?: string
}
const parseProblem: (text: string) => ProblemBody = JSON.parse

const never: Authenticator = () => new Promise(() => {})
const away: Authenticator = async () => {
  throw new DependencyError('issuer', 'Cannot fetch keys: no answer')
}
const broken: Authenticator = async () => {
  throw new TypeError('secret of the client')
}
const busy: CheckDeps['authorize'] = async () => {
  throw new DependencyError('kubernetes', 'Cannot review access: too many wait')
}
const unasked: Authenticator = async () => assert.fail('asked')
const noTimeout = { timeoutMs: undefined }

describe('createChecker()', () => {
  it('allows a proven user', async () => {
    const { check, events } = setUp()
    const decision = await check(checkInput(), noTimeout)
    assert.ok(decision.kind === 'allow')
    assert.deepEqual(decision.upstream.set, [['x-forwarded-user', 'alice']])
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['allowed'],
    )
  })

  it('answers before the deadline when an authenticator never does', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { check } = setUp({ authenticate: never })
    const checking = check(checkInput(), { timeoutMs: 1000 })
    t.mock.timers.tick(800)
    const reply = asReply(await checking)
    assert.equal(reply.status, 503)
    assert.deepEqual(reply.headers[1], ['retry-after', '5'])
  })

  it('counts the time before an authenticator begins to wait', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { check } = setUp({
      authenticate: (input) => {
        const busyUntilMs = performance.now() + 50
        while (performance.now() < busyUntilMs);
        return never(input)
      },
    })
    const checking = check(checkInput(), { timeoutMs: 1000 })
    t.mock.timers.tick(760)
    assert.equal(asReply(await checking).status, 503)
  })

  it('tells a sign-in that its time is over', async () => {
    let aborted = false
    const slow: SignIn = {
      ...signIn,
      begin: (_, { signal }) =>
        new Promise(() => signal().addEventListener('abort', () => (aborted = true))),
    }
    const { check } = setUp({
      config: { signIn: signInConfig() },
      authenticate: async () => noCredential,
      signIn: slow,
    })
    const input = checkInput({ headers: { 'sec-fetch-mode': 'navigate' } })
    asReply(await check(input, { timeoutMs: 50 }))
    assert.ok(aborted)
  })

  it('tells it to a sign-in that asks only afterwards', async () => {
    const isOver = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<boolean>()
    const slow: SignIn = {
      ...signIn,
      begin: async (_, { signal }) => {
        await isOver.promise
        asked.resolve(signal().aborted)
        return page
      },
    }
    const { check } = setUp({
      config: { signIn: signInConfig() },
      authenticate: async () => noCredential,
      signIn: slow,
    })
    const input = checkInput({ headers: { 'sec-fetch-mode': 'navigate' } })
    assert.equal(asReply(await check(input, { timeoutMs: 50 })).status, 503)
    isOver.resolve()
    assert.equal(await asked.promise, true)
  })

  it('is unavailable, and no bug, when a part gives no answer', async () => {
    const { check, bugs, events } = setUp({ authenticate: away })
    const reply = asReply(await check(checkInput(), noTimeout))
    assert.equal(reply.status, 503)
    assert.equal(parseProblem(reply.body).type, 'unavailable')
    assert.deepEqual(bugs, [])
    assert.equal(events[0]?.kind === 'denied' && events[0].detail, 'Cannot fetch keys: no answer')
  })

  it('is unavailable, and says it is a bug, when anything else breaks', async () => {
    const { check, bugs } = setUp({ authenticate: broken })
    const reply = asReply(await check(checkInput(), noTimeout))
    assert.equal(reply.status, 503)
    assert.ok(!reply.body.includes('secret'))
    assert.equal(bugs.length, 1)
  })

  it('asks nobody about a public route, an ambiguous path or none', async () => {
    const match = [{ paths: ['/public/*'], hosts: undefined, methods: undefined }]
    const routes = [routeConfig({ match, access: 'public', identity: undefined })]
    const { check } = setUp({ config: { routes }, authenticate: unasked })
    const open = await check(checkInput({ path: '/public/x' }), noTimeout)
    const ambiguous = await check(checkInput({ path: '/public/../x' }), noTimeout)
    const elsewhere = await check(checkInput({ path: '/x' }), noTimeout)
    assert.equal(open.kind, 'allow')
    assert.equal(asReply(ambiguous).status, 400)
    assert.equal(asReply(elsewhere).status, 403)
  })

  it('refuses what cannot be read', () => {
    const { refuse, events } = setUp()
    const reply = asReply(refuse('malformed-request', 'no path'))
    assert.equal(reply.status, 400)
    assert.equal(events[0]?.kind, 'denied')
  })

  it('sends a navigation to sign in, and knows the sign-in endpoints on their hosts', async () => {
    const { check } = setUp({
      config: { signIn: signInConfig() },
      authenticate: async () => noCredential,
      signIn,
    })
    const headers = { 'sec-fetch-mode': 'navigate' }
    const begun = asReply(await check(checkInput({ headers }), noTimeout))
    const endpoint = asReply(await check(checkInput({ path: '/oauth2/userinfo' }), noTimeout))
    const foreign = asReply(
      await check(checkInput({ path: '/oauth2/userinfo', host: 'other' }), noTimeout),
    )
    assert.equal(begun.status, 302)
    assert.equal(endpoint.body, 'userinfo')
    assert.equal(foreign.status, 401)
  })

  it('gives the browser of a renewed session its new cookies, and no other', async () => {
    const setCookies = [['set-cookie', '__Host-attache=new']] as const
    const renewed = setUp({ authenticate: async () => authenticated({ setCookies }) })
    const decision = await renewed.check(checkInput(), noTimeout)
    assert.deepEqual(decision.kind === 'allow' && decision.downstream, setCookies)
    const refusing = setUp({
      config: { routes: [routeConfig({ authorization: 'token' })] },
      authenticate: async () => authenticated({ setCookies, authenticator: 'session' }),
    })
    const denied = asReply(await refusing.check(checkInput(), noTimeout))
    assert.equal(denied.status, 403)
    assert.ok(!denied.headers.some(([name]) => name === 'set-cookie'))
  })

  it('refuses a user whose identity token would be too large', async () => {
    const { check, events } = setUp({
      config: { routes: [routeConfig({ authorization: 'identityToken' })] },
      credentialFor: async () => ({ kind: 'too-large', bytes: 9000 }),
    })
    assert.equal(asReply(await check(checkInput(), noTimeout)).status, 403)
    assert.partialDeepStrictEqual(events, [{ kind: 'denied', reason: 'identity-too-large' }])
  })
})

const forms = [
  { to: 'a program', type: 'application/problem+json' },
  { to: 'a navigation', headers: { 'sec-fetch-mode': 'navigate' }, type: 'text/html' },
  {
    to: 'a form that was sent',
    method: 'POST',
    headers: { 'sec-fetch-mode': 'navigate' },
    type: 'text/html',
  },
  {
    to: 'a program that posts and takes HTML',
    method: 'POST',
    headers: { accept: 'text/html' },
    type: 'application/problem+json',
  },
  { to: 'kubectl', identity: 'impersonate', type: 'application/json' },
  {
    to: 'a navigation to an API server',
    identity: 'impersonate',
    headers: { 'sec-fetch-mode': 'navigate' },
    type: 'application/json',
  },
] as const

describe('a denial', () => {
  for (const { to, type, ...rest } of forms) {
    it(`to ${to} is ${type}, with the decision id`, async () => {
      const identity = 'identity' in rest ? rest.identity : 'headers'
      const { check } = setUp({
        config: { routes: [routeConfig({ identity })] },
        authenticate: async () => noCredential,
      })
      const headers = 'headers' in rest ? rest.headers : {}
      const method = 'method' in rest ? rest.method : 'GET'
      const reply = asReply(await check(checkInput({ method, headers }), noTimeout))
      const lines = new Map(reply.headers)
      assert.equal(reply.status, 401)
      assert.ok(lines.get('content-type')?.startsWith(type))
      assert.equal(lines.get('www-authenticate'), 'Bearer realm="attache"')
      assert.equal(lines.get('cache-control'), 'no-store')
      assert.ok(!lines.has('set-cookie'))
      assert.ok(reply.body.includes(reply.id))
    })
  }

  it('names the address to sign in at, on a host that has one', async () => {
    const { check } = setUp({
      config: { signIn: signInConfig() },
      authenticate: async () => noCredential,
      signIn,
    })
    const here = asReply(await check(checkInput(), noTimeout))
    const elsewhere = asReply(await check(checkInput({ host: 'x' }), noTimeout))
    assert.equal(parseProblem(here.body).signIn, signInURL)
    assert.equal(parseProblem(elsewhere.body).signIn, undefined)
    const unauthenticated = { navigate: 'signIn', api: 401, other: 403 } as const
    const forbidding = setUp({
      config: { signIn: signInConfig({ unauthenticated }) },
      authenticate: async () => noCredential,
      signIn,
    })
    const forbidden = asReply(await forbidding.check(checkInput(), noTimeout))
    assert.equal(forbidden.status, 403)
    assert.equal(parseProblem(forbidden.body).signIn, signInURL)
  })

  it('of a session says, on a page, whose it is and where to sign out', async () => {
    const { check } = setUp({
      config: { signIn: signInConfig(), routes: [routeConfig({ authorization: 'token' })] },
      authenticate: async () => authenticated({ authenticator: 'session' }),
      signIn,
    })
    const headers = { 'sec-fetch-mode': 'navigate' }
    const reply = asReply(await check(checkInput({ headers }), noTimeout))
    assert.equal(reply.status, 403)
    assert.match(reply.body, /signed in as <strong><bdi>alice<\/bdi>/)
    assert.match(reply.body, /href="\/oauth2\/sign_out"/)
  })

  for (const [who, shown] of [
    ['client-certificate', /made as <strong><bdi>alice<\/bdi>/],
    ['anonymous', /<p>[^<]+<\/p>\n\n\n<p class="decision">/],
  ] as const) {
    it(`of ${who} says, on a page, as whom, and offers no sign-out`, async () => {
      const { check } = setUp({
        config: { signIn: signInConfig(), routes: [routeConfig({ authorization: 'token' })] },
        authenticate: async () => authenticated({ authenticator: who }),
        signIn,
      })
      const headers = { 'sec-fetch-mode': 'navigate', 'accept-language': 'en' }
      const reply = asReply(await check(checkInput({ headers }), noTimeout))
      assert.equal(reply.status, 403)
      assert.match(reply.body, shown)
      assert.doesNotMatch(reply.body, /sign_out/)
    })
  }

  it('on a page is in the language of the reader, but never for a program', async () => {
    const { check } = setUp({ authenticate: async () => noCredential })
    const german = { 'accept-language': 'de-CH' }
    const navigation = { headers: { ...german, 'sec-fetch-mode': 'navigate' } }
    const shown = asReply(await check(checkInput(navigation), noTimeout))
    assert.match(shown.body, /<html lang="de" dir="ltr">/)
    const program = asReply(await check(checkInput({ headers: german }), noTimeout))
    assert.match(program.body, /"title":"Sign in first"/)
  })

  it('of a bad token says invalid_token (RFC 6750 §3.1), and not why', async () => {
    const detail = 'signature of key k1'
    const { check } = setUp({
      authenticate: async () => ({ kind: 'rejected', reason: 'credential-invalid', detail }),
    })
    const reply = asReply(await check(checkInput(), noTimeout))
    assert.match(new Map(reply.headers).get('www-authenticate') ?? '', /error="invalid_token"/)
    assert.ok(!reply.body.includes('k1'))
  })

  it('asks what the API server must allow only about who was let in', async () => {
    const asked: unknown[] = []
    const authorize: CheckDeps['authorize'] = async (_, user) => {
      asked.push(user)
      return { kind: 'denied', reason: 'not-allowed', detail: 'RBAC', user }
    }
    const { check, events } = setUp({ authorize })
    assert.equal(asReply(await check(checkInput(), { timeoutMs: 1000 })).status, 403)
    assert.partialDeepStrictEqual(events, [{ kind: 'denied', reason: 'not-allowed' }])
    const nobody = setUp({ authorize, authenticate: async () => noCredential })
    await nobody.check(checkInput(), { timeoutMs: 1000 })
    assert.equal(asked.length, 1)
  })

  it('says who waited when the API server gives no answer about them, or none in time', async () => {
    const settings = {
      config: { routes: [routeConfig({ audit: true })] },
      authenticate: async () => authenticated({ user: userInfo({ name: 'mallory' }) }),
    }
    for (const authorize of [busy, async () => new Promise<never>(() => {})]) {
      const { check, events, audited } = setUp({ ...settings, authorize })
      assert.equal(asReply(await check(checkInput(), { timeoutMs: 50 })).status, 503)
      const said = { user: { user: { name: 'mallory' } } }
      assert.partialDeepStrictEqual(audited, [{ ...said, verdict: { reason: 'unavailable' } }])
      assert.partialDeepStrictEqual(events, [{ ...said, reason: 'unavailable' }])
    }
  })

  it('records each check on a route that is audited, and no other', async () => {
    const routes = [
      routeConfig({ name: 'a', audit: true, match: [{ ...anything, paths: ['/audited/*'] }] }),
      routeConfig({ name: 'b' }),
    ]
    const { check, audited } = setUp({ config: { routes } })
    const at = (path: string) => check(checkInput({ path }), { timeoutMs: 1000 })
    const decision = await at('/audited/x')
    await at('/other')
    await at('/audited//../other')
    assert.partialDeepStrictEqual(audited, [
      {
        id: decision.id,
        verdict: { kind: 'allowed' },
        user: { user: { name: 'alice' } },
        route: 'a',
      },
      { verdict: { kind: 'denied', reason: 'ambiguous-path', status: 400 }, route: undefined },
    ])
    assert.equal(audited.length, 2)
  })

  it('lets nothing through that cannot be recorded', async () => {
    const full = { record: () => assert.fail('disk full') }
    const { check, bugs } = setUp({
      config: { routes: [routeConfig({ audit: true })] },
      audit: full,
    })
    const reply = asReply(await check(checkInput(), { timeoutMs: 1000 }))
    assert.equal(reply.status, 503)
    assert.equal(bugs.length, 1)
  })
})
