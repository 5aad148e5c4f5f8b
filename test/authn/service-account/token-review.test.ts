import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Outcome } from '../../../src/authn/authenticator.ts'
import {
  type TokenReviewOptions,
  tokenReview,
} from '../../../src/authn/service-account/token-review.ts'
import { cacheTokens } from '../../../src/authn/token-cache.ts'
import { DependencyError } from '../../../src/errors.ts'
import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client.ts'
import {
  type FakeApiServer,
  respond,
  startFakeApiServer,
} from '../../kubernetes/fake-api-server.ts'
import { capturedLog } from '../issuer/issuer-fixtures.ts'
import { ecKey, signToken } from '../jwt/signed-token.ts'

const token = 'canary-token-that-nobody-may-see'
const bot = {
  username: 'system:serviceaccount:team:bot',
  uid: '1',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:team', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/pod-name': ['pod'] },
}
const yes = { authenticated: true, user: bot, audiences: ['api'] }

describe('tokenReview()', () => {
  let api: FakeApiServer
  let client: KubernetesClient
  let nowMs = 0

  before(async () => {
    api = await startFakeApiServer(respond(500, ''))
  })
  beforeEach(() => {
    nowMs = 1_000_000
    client = createKubernetesClient(api.config, { now, log: capturedLog().log, timeoutMs: 2_000 })
  })
  afterEach(async () => client.close())
  after(async () => api.close())

  const now = () => nowMs

  function reviewer(options: Partial<TokenReviewOptions> = {}) {
    const audiences = ['api', 'other']
    const review = cacheTokens(tokenReview({ client, audiences, now, ...options }), { now })
    return async (text: string): Promise<Outcome> => review(text)
  }

  function answer(status: unknown, more: object = {}) {
    api.answer = respond(201, { kind: 'TokenReview', status, ...more })
  }

  async function asked(work: () => Promise<unknown>): Promise<number> {
    const so = api.seen.length
    await work()
    return api.seen.length - so
  }

  it('asks about the token, for its audiences, and answers who it is', async () => {
    answer(yes)
    assert.deepEqual(await reviewer()(token), {
      kind: 'authenticated',
      authenticator: 'service-account',
      user: {
        name: bot.username,
        uid: '1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:team'],
        extra: new Map([['authentication.kubernetes.io/pod-name', ['pod']]]),
      },
      email: undefined,
      idToken: undefined,
      expiresAtMs: 8.64e15,
    })
    const { method, path, body } = api.seen.at(-1) ?? {}
    assert.deepEqual([method, path], ['POST', '/apis/authentication.k8s.io/v1/tokenreviews'])
    assert.deepEqual(JSON.parse(body ?? ''), {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: ['api', 'other'] },
    })
  })

  it('leaves the audiences to the API server where none are configured', async () => {
    answer({ authenticated: true, user: { username: 'webhook-user' } })
    const outcome = await reviewer({ audiences: undefined })(token)
    assert.deepEqual(nameAndSource(outcome), ['webhook-user', 'token-review'])
    assert.doesNotMatch(api.seen.at(-1)?.body ?? '', /audiences/)
  })

  const lies: readonly (readonly [name: string, status: unknown])[] = [
    ['says no', { authenticated: false }],
    ['says nothing', {}],
    ['says nothing about a user that it names', { user: bot, audiences: ['api'] }],
    ['names another audience', { ...yes, audiences: ['elsewhere'] }],
    ['names a part of an audience', { ...yes, audiences: ['ap', 'API', 'api '] }],
    ['names no audience', { ...yes, audiences: [] }],
    ['leaves the audiences out', { ...yes, audiences: undefined }],
    ['names nobody', { ...yes, user: { ...bot, username: '' } }],
    ['leaves the name out', { ...yes, user: { uid: '1' } }],
    ['leaves the user out', { ...yes, user: null }],
    ['names the anonymous user', { ...yes, user: { username: 'system:anonymous' } }],
    ['says yes and an error', { ...yes, error: 'not really' }],
  ]
  for (const [name, status] of lies) {
    it(`rejects when the API server ${name}`, async () => {
      answer(status)
      const outcome = await reviewer()(token)
      assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-invalid')
    })
  }

  it('says what the API server has against a token, but no part of the token', async () => {
    answer({ error: 'service account token has expired' })
    assert.match(detail(await reviewer()(token)), /the token: service account token has expired$/)
    answer({ error: `cannot read "${token}"` })
    assert.match(detail(await reviewer()(token)), /does not authenticate the token$/)
    const jwt = signToken({ iss: 'x' }, { key: ecKey('k'), alg: 'ES256' })
    answer({ error: `cannot verify ${jwt.split('.')[2]}` })
    assert.match(detail(await reviewer()(jwt)), /does not authenticate the token$/)
    answer({ error: 'x'.repeat(100_000) })
    assert.ok(detail(await reviewer()(token)).length < 300)
  })

  const user = (overrides: object) => ({
    kind: 'TokenReview',
    status: { ...yes, user: { ...bot, ...overrides } },
  })
  const noAnswers: readonly (readonly [name: string, status: number, body: unknown])[] = [
    ['an error', 500, {}],
    ['a yes with the status of an error', 403, { kind: 'TokenReview', status: yes }],
    ['a page', 200, '<html>welcome</html>'],
    ['nothing', 201, ''],
    ['a list', 201, []],
    ['a Status with 201', 201, { kind: 'Status', status: 'Failure' }],
    ['another kind', 201, { kind: 'SelfSubjectReview', status: yes }],
    ['no status', 201, { kind: 'TokenReview' }],
    ['a review of another token', 201, { kind: 'TokenReview', spec: { token: 'x' }, status: yes }],
    ['"true"', 201, { kind: 'TokenReview', status: { ...yes, authenticated: 'true' } }],
    ['1', 201, { kind: 'TokenReview', status: { ...yes, authenticated: 1 } }],
    ['an audience', 201, { kind: 'TokenReview', status: { ...yes, audiences: 'api' } }],
    ['a user as text', 201, { kind: 'TokenReview', status: { ...yes, user: 'admin' } }],
    ['a name that is a list', 201, user({ username: ['admin'] })],
    ['a uid that is a number', 201, user({ uid: 1 })],
    ['groups as text', 201, user({ groups: 'system:masters' })],
    ['a group that is a list', 201, user({ groups: [['system:masters']] })],
    ['extra as a list', 201, user({ extra: [] })],
    ['an extra as text', 201, user({ extra: { a: 'b' } })],
    ['10 MB', 201, 'x'.repeat(10_000_000)],
    ['depth', 201, `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ]
  for (const [name, status, body] of noAnswers) {
    it(`takes ${name} for no answer`, async () => {
      api.answer = respond(status, body)
      await assert.rejects(reviewer()(token), isQuietOutage)
    })
  }

  it('takes silence for no answer', async () => {
    api.answer = () => {}
    await assert.rejects(reviewer()(token), isQuietOutage)
  })

  it('says which right is missing', async () => {
    api.answer = respond(403, { kind: 'Status', reason: 'Forbidden' })
    await assert.rejects(reviewer()(token), /needs ClusterRole "system:auth-delegator"/)
  })

  it('asks nothing about what cannot be a bearer token', async () => {
    answer(yes)
    const review = reviewer()
    const questions = await asked(async () => {
      for (const junk of ['', 'a b', `${token} x`, 'a\nb', 'ü', 'x'.repeat(65_537)]) {
        const outcome = await review(junk)
        assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-malformed')
      }
    })
    assert.equal(questions, 0)
  })

  describe('its memory', () => {
    it('holds a yes for ten seconds, and gives out the same object', async () => {
      answer(yes)
      const review = reviewer()
      const first = await review(token)
      nowMs += 9_999
      answer({ authenticated: false })
      assert.equal(await review(token), first)
      nowMs += 1
      assert.equal((await review(token)).kind, 'rejected')
    })

    it('counts from the question, however long the answer takes', async () => {
      const review = reviewer()
      api.answer = (_request, response) => {
        nowMs += 6_000
        response.writeHead(201).end(JSON.stringify({ kind: 'TokenReview', status: yes }))
      }
      await review(token)
      nowMs += 4_000
      assert.equal(await asked(async () => review(token)), 1)
    })

    it('ends with the token', async () => {
      answer(yes)
      const review = reviewer()
      const jwt = signToken({ exp: nowMs / 1000 + 3 }, { key: ecKey('k'), alg: 'ES256' })
      const outcome = await review(jwt)
      assert.equal(outcome.kind === 'authenticated' && outcome.expiresAtMs, nowMs + 3_000)
      nowMs += 2_999
      assert.equal(await asked(async () => review(jwt)), 0)
      nowMs += 1
      assert.equal(await asked(async () => review(jwt)), 1)
      // The API server still says yes, as it does for a minute; each check asks it.
      assert.equal(await asked(async () => review(jwt)), 1)
    })

    it('holds no refusal and no outage', async () => {
      const review = reviewer()
      answer({ authenticated: false })
      await review(token)
      api.answer = respond(500, '')
      await assert.rejects(review(token))
      answer(yes)
      assert.equal((await review(token)).kind, 'authenticated')
    })

    it('keeps tokens apart, and ServiceAccounts of one name in two namespaces', async () => {
      const review = reviewer()
      answer(yes)
      const mine = await review('token-of-team')
      answer({ ...yes, user: { ...bot, username: 'system:serviceaccount:other:bot' } })
      const theirs = await review('token-of-other')
      assert.deepEqual(nameAndSource(mine), ['system:serviceaccount:team:bot', 'service-account'])
      assert.deepEqual(nameAndSource(theirs), [
        'system:serviceaccount:other:bot',
        'service-account',
      ])
    })

    it('shares a review among equal tokens that arrive together', async () => {
      answer(yes)
      const review = reviewer()
      const questions = await asked(async () =>
        Promise.all(Array.from({ length: 50 }, async () => review(token))),
      )
      assert.equal(questions, 1)
    })
  })

  it('keeps places for tokens that were accepted before from a flood of others', async () => {
    answer(yes)
    const review = reviewer({ newcomers: 1 })
    await review(token)
    nowMs += 10_000
    const arrived = Promise.withResolvers<void>()
    api.answer = () => arrived.resolve()
    const flood = Array.from({ length: 300 }, async (_, index) =>
      review(`junk-${index}`).catch((error: unknown) => error),
    )
    await arrived.promise
    answer(yes)
    assert.equal((await review(token)).kind, 'authenticated')
    answer({ authenticated: false })
    const outcomes = await Promise.all(flood)
    const turnedAway = outcomes.filter((outcome) => outcome instanceof DependencyError)
    assert.ok(turnedAway.length >= 43, `${turnedAway.length} were turned away`)
    assert.ok(turnedAway.every(isQuietOutage))
  })
})

function isQuietOutage(error: unknown): boolean {
  assert.ok(error instanceof DependencyError)
  assert.equal(error.dependency, 'kubernetes')
  assert.match(error.message, /^Cannot review a token: /)
  assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /canary|own-token/)
  return true
}

function detail(outcome: Outcome): string {
  return outcome.kind === 'rejected' ? outcome.detail : outcome.kind
}

function nameAndSource(outcome: Outcome): readonly string[] {
  return outcome.kind === 'authenticated'
    ? [outcome.user.name, outcome.authenticator]
    : [outcome.kind]
}
