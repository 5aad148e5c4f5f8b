/** A pass through the whole check: what the first gateway is told, what the second one makes of it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/authn/authenticator.ts'
import { gatewayPass } from '../../src/authn/gateway-pass.ts'
import { union } from '../../src/authn/union.ts'
import type { AccessQuestion } from '../../src/authz/access.ts'
import { createAuthorize } from '../../src/authz/authorizer.ts'
import { createCredentials } from '../../src/credential.ts'
import type { Decision } from '../../src/decision.ts'
import { createGatewayPasses } from '../../src/gateway-pass/gateway-passes.ts'
import { configOf, oneIssuer, sessionKeys } from '../config/folder.ts'
import { checkInput } from '../support/check-input.ts'
import { setUp } from '../support/checker.ts'
import { authenticated, userInfo } from '../support/user.ts'

const startMs = Date.UTC(2030, 0)
const what = 'group: serving.kserve.io, resource: inferenceservices'
const review = `{ ${what}, verb: get, namespace: "{namespace}", name: "{name}" }`

/** As Kubeflow's models are, and further routes that a pass could be sent to. */
const text = `listen: { grpc: 127.0.0.1:1 }
${oneIssuer}impersonate: { credential: none }
signIn: { externalURL: "https://a.example", providers: [{ id: dex, issuer: "https://dex.example.com", clientID: kubeflow }] }
session: { keysFile: keys }
routes:
- match: { hosts: ["{name}-predictor.{namespace}.svc.cluster.local"] }
  subjectAccessReview: ${review}
  identity: headers
  allowGatewayPass: true
- match: [{ hosts: ["{name}-{namespace}.example.com"] }, { paths: ["/serving/{namespace}/{name}/*"] }]
  subjectAccessReview: ${review}
  identity: headers
  authorization: gatewayPass
  allowGatewayPass: true
- match: { hosts: ["{name}.{namespace}.first.example"] }
  subjectAccessReview: ${review}
  identity: headers
  authorization: gatewayPass
- match: { hosts: ["{name}.{namespace}.delete.example"] }
  subjectAccessReview: { ${what}, verb: delete, namespace: "{namespace}", name: "{name}" }
  identity: headers
  allowGatewayPass: true
- match: { hosts: ["{name}.{namespace}.keep.example"] }
  subjectAccessReview: ${review}
  identity: headers
  authorization: keep
  allowGatewayPass: true
- match: { hosts: ["{name}.{namespace}.token.example"] }
  subjectAccessReview: ${review}
  identity: headers
  authorization: token
  allowGatewayPass: true
- match: { hosts: ["{name}.{namespace}.forward.example"] }
  subjectAccessReview: ${review}
  identity: forward
- match: { hosts: ["{name}.{namespace}.api.example"] }
  subjectAccessReview: ${review}
  identity: impersonate
  allowImpersonation: true
- match: { hosts: [pass.example], paths: [/open/*] }
  access: public
- match: { hosts: [pass.example], paths: [/keep/*] }
  identity: headers
  authorization: keep
- match: { hosts: [pass.example] }
  identity: headers
`
const config = configOf(text, { files: { keys: sessionKeys } })

const alice = authenticated({
  user: userInfo({ groups: ['ml'] }),
  email: 'alice@example.com',
  authenticator: 'session',
})

const mayAll = ({ user }: AccessQuestion) => user.name === 'alice'

interface Around {
  readonly may?: (question: AccessQuestion) => boolean
  /** Of whoever has no credential in the request itself. */
  readonly session?: Outcome
}

/** Both gateways ask the same service; `nowMs` can be moved. */
function service({ may = mayAll, session = alice }: Around = {}) {
  const clock = { nowMs: startMs }
  const keys = config.gatewayPass
  assert.ok(keys !== undefined)
  const passes = createGatewayPasses({ config: keys, now: () => clock.nowMs, random: randomBytes })
  let reviews = 0
  const authorize = createAuthorize(config, async (question) => {
    reviews += 1
    return may(question) ? { kind: 'allowed' } : { kind: 'denied', reason: '' }
  })
  const { check, events, bugs } = setUp({
    config,
    authenticate: union({
      credentials: [gatewayPass({ passes, now: () => clock.nowMs })],
      session: () => session,
    }),
    authorize,
    credentialFor: createCredentials({
      cluster: { credentialFor: () => 'the impersonator' },
      identityTokens: undefined,
      passes,
    }),
  })
  return {
    clock,
    ask: async (
      host: string,
      { path = '/', ...headers }: Readonly<Record<string, string>> = {},
    ) => {
      const before = reviews
      const decision = await check(checkInput({ host, path, headers }), { timeoutMs: undefined })
      assert.deepEqual(bugs, [])
      const event = events.at(-1)
      return {
        decision,
        authorization: sentOn(decision),
        removed: decision.kind === 'allow' ? decision.upstream.remove : [],
        reason: event?.kind === 'denied' ? event.reason : event?.kind,
        detail: event?.kind === 'denied' ? event.detail : '',
        user: event !== undefined && 'user' in event ? event.user : undefined,
        reviews: reviews - before,
      }
    },
  }
}

function sentOn(decision: Decision): string | undefined {
  if (decision.kind !== 'allow') return undefined
  return decision.upstream.set.find(([name]) => name === 'authorization')?.[1]
}

/** What the first gateway is told to send on. */
async function passed(gateway: ReturnType<typeof service>, host = 'm-teama.example.com') {
  const { authorization } = await gateway.ask(host)
  assert.match(authorization ?? '', /^AttachePass [\w.-]+$/)
  return authorization ?? ''
}

const secondHop = 'm-predictor.teama.svc.cluster.local'

describe('a gateway pass', () => {
  it('brings the user to the second gateway, which removes it', async () => {
    const gateway = service({})
    const authorization = await passed(gateway)
    const { decision, user, removed, reviews } = await gateway.ask(secondHop, { authorization })
    assert.ok(decision.kind === 'allow')
    assert.equal(user?.authenticator, 'gateway-pass')
    assert.deepEqual(decision.upstream.set, [
      ['x-forwarded-user', 'alice'],
      ['x-forwarded-groups', 'ml'],
      ['x-forwarded-email', 'alice@example.com'],
    ])
    assert.ok(removed.includes('authorization'))
    assert.equal(reviews, 1)
  })

  it('is what goes on in the place of the client’s own Authorization', async () => {
    const authorization = 'Digest theirs'
    const asked = await service().ask('m-teama.example.com', { authorization })
    assert.match(asked.authorization ?? '', /^AttachePass /)
  })

  it('is of no use once the API server says no', async () => {
    const rights = { alice: true }
    const gateway = service({ may: () => rights.alice })
    const authorization = await passed(gateway)
    rights.alice = false
    const { reason, detail } = await gateway.ask(secondHop, { authorization })
    assert.equal(reason, 'not-allowed')
    assert.match(detail, /"alice" may not get/)
  })

  it('is good for every way of a host that was reviewed, each by itself', async () => {
    const gateway = service()
    const authorization = await passed(gateway, 'a-b-c.example.com')
    for (const host of ['a-predictor.b-c.svc.cluster.local', 'a-b-predictor.c.svc.cluster.local']) {
      assert.equal((await gateway.ask(host, { authorization })).reason, 'allowed', host)
    }
    const other = await gateway.ask('b-predictor.c.svc.cluster.local', { authorization })
    assert.equal(other.reason, 'not-allowed')
    const more = await gateway.ask('a-b-c.example.com', { authorization })
    assert.equal(more.reason, 'allowed')
  })

  it('is not good for a host of which one way was not reviewed', async () => {
    const gateway = service()
    const authorization = await passed(gateway, 'a-b.example.com')
    const asked = await gateway.ask('a-b-c.example.com', { authorization })
    assert.equal(asked.reason, 'not-allowed')
    assert.equal(asked.reviews, 0)
  })

  for (const [where, host, more, reason, detail] of [
    ['another model', 'x-predictor.teama.svc.cluster.local', {}, 'not-allowed', /"x" in namespace/],
    ['another team', 'm-predictor.teamb.svc.cluster.local', {}, 'not-allowed', /"teamb"/],
    ['another verb', 'm.teama.delete.example', {}, 'not-allowed', /not good for delete/],
    [
      'a path of another model',
      'pass.example',
      { path: '/serving/teama/x/' },
      'not-allowed',
      /"x"/,
    ],
    ['a route without review', 'pass.example', {}, 'not-allowed', /without subjectAccessReview/],
    ['the same with keep', 'pass.example', { path: '/keep/' }, 'not-allowed', /without subject/],
    ['the API server', 'm.teama.api.example', {}, 'not-allowed', /identity: impersonate/],
    ['a route with token', 'm.teama.token.example', {}, 'token-required', /no token/],
    ['a route with forward', 'm.teama.forward.example', {}, 'not-allowed', /takes no gateway/],
    ['the first gateway', 'm.teama.first.example', {}, 'not-allowed', /takes no gateway passes/],
    ['a host with a port', `${secondHop}:81`, {}, 'not-allowed', /a port or a trailing dot/],
    ['a host with a dot at its end', `${secondHop}.`, {}, 'not-allowed', /or a trailing dot/],
    ['no route of its own', 'a.example', { path: '/oauth2/x' }, 'no-route', /no route/],
  ] as const) {
    it(`is refused at ${where}`, async () => {
      const gateway = service()
      const authorization = await passed(gateway)
      const asked = await gateway.ask(host, { authorization, ...more })
      assert.equal(asked.reason, reason)
      assert.match(asked.detail, detail)
      assert.equal(asked.authorization, undefined)
    })
  }

  it('is taken away where Authorization is kept', async () => {
    const gateway = service()
    const authorization = await passed(gateway)
    const asked = await gateway.ask('m.teama.keep.example', { authorization })
    assert.equal(asked.reason, 'allowed')
    assert.ok(asked.removed.includes('authorization'))
  })

  it('is no business of a public route', async () => {
    const gateway = service()
    const headers = { authorization: 'AttachePass forged', path: '/open/' }
    const asked = await gateway.ask('pass.example', headers)
    assert.equal(asked.reason, 'allowed')
    assert.equal(asked.user, undefined)
    assert.equal(asked.removed.includes('authorization'), false)
  })

  it('counts before a session, and a bad one is not made good by it', async () => {
    const bob = authenticated({ user: userInfo({ name: 'bob' }), authenticator: 'session' })
    const authorization = await passed(service())
    const gateway = service({ session: bob, may: () => true })
    const both = await gateway.ask(secondHop, { authorization, cookie: 'a=b' })
    assert.equal(both.user?.user.name, 'alice')
    for (const bad of [`${authorization.slice(0, -8)}AAAAAAAA`, 'AttachePass x', 'attachepass']) {
      const asked = await gateway.ask(secondHop, { authorization: bad, cookie: 'a=b' })
      assert.match(asked.reason ?? '', /^credential-(invalid|malformed)$/, bad)
    }
  })

  it('is never sent to sign in', async () => {
    const asked = await service().ask(secondHop, {
      authorization: 'AttachePass x',
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
    })
    assert.equal(asked.decision.kind === 'reply' && asked.decision.status, 401)
  })

  it('counts as ambiguous beside another credential', async () => {
    const gateway = service()
    const pass = await passed(gateway)
    for (const headers of [
      { authorization: `${pass},${pass}` },
      { authorization: `Digest a=b, ${pass}` },
      { authorization: `${pass.toLowerCase()}, Digest a=b` },
      { authorization: `Bearer a,${pass}` },
    ]) {
      assert.equal((await gateway.ask(secondHop, headers)).reason, 'ambiguous-credential')
      assert.equal((await gateway.ask('pass.example', headers)).reason, 'ambiguous-credential')
    }
    const protocol = 'base64url.bearer.authorization.k8s.io.YQ'
    const webSocket = { authorization: pass, 'sec-websocket-protocol': protocol }
    assert.equal((await gateway.ask(secondHop, webSocket)).reason, 'ambiguous-credential')
  })

  it('proves a page’s upgrade and POST, which the first gateway has judged', async () => {
    const gateway = service()
    const authorization = await passed(gateway)
    const upgrade = { upgrade: 'websocket', connection: 'upgrade', origin: 'https://a.example' }
    const asked = await gateway.ask(secondHop, { authorization, ...upgrade })
    assert.equal(asked.reason, 'allowed')
  })

  it('ends when the first of a chain did', async () => {
    const gateway = service()
    let authorization = await passed(gateway)
    for (const laterMs of [20_000, 40_000, 59_999]) {
      gateway.clock.nowMs = startMs + laterMs
      const next = await gateway.ask('m-teama.example.com', { authorization })
      assert.notEqual(next.authorization, authorization)
      assert.match(next.authorization ?? '', /^AttachePass /)
      authorization = next.authorization ?? ''
    }
    gateway.clock.nowMs = startMs + 60_000
    for (const host of ['m-teama.example.com', secondHop]) {
      assert.equal((await gateway.ask(host, { authorization })).reason, 'credential-expired')
    }
  })

  it('is not made for somebody with too many groups', async () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `group-${index}`)
    const session = authenticated({ user: userInfo({ groups }), authenticator: 'session' })
    const asked = await service({ session }).ask('m-teama.example.com')
    assert.equal(asked.reason, 'identity-too-large')
    assert.match(asked.detail, /^the gateway pass would have \d{5} bytes$/)
  })

  it('is not made for somebody who may not', async () => {
    const asked = await service({ may: () => false }).ask('m-teama.example.com')
    assert.equal(asked.reason, 'not-allowed')
    assert.equal(asked.authorization, undefined)
  })
})
