import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { AccessQuestion, ReviewAccess } from '../../src/authz/access.ts'
import {
  type SubjectAccessReviewOptions,
  subjectAccessReview,
} from '../../src/authz/subject-access-review.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import {
  type FakeApiServer,
  holdAnswers,
  respond,
  startFakeApiServer,
} from '../kubernetes/fake-api-server.ts'
import { alice, getPod, isOutage, otherQuestions, question } from './access-cases.ts'

const allowed = { allowed: true }
const yes = { kind: 'SubjectAccessReview', status: allowed }

describe('subjectAccessReview()', () => {
  let api: FakeApiServer
  let client: KubernetesClient
  let nowMs = 0
  const now = () => nowMs

  before(async () => {
    api = await startFakeApiServer(respond(500, ''))
  })
  beforeEach(() => {
    nowMs = 1_000_000
    client = createKubernetesClient(api.config, { now, log: capturedLog().log, timeoutMs: 2_000 })
  })
  afterEach(async () => client.close())
  after(async () => api.close())

  function reviewer(options: Partial<SubjectAccessReviewOptions> = {}): ReviewAccess {
    return subjectAccessReview({ client, now, ...options })
  }

  function answer(status: unknown) {
    api.answer = respond(201, { kind: 'SubjectAccessReview', status })
  }

  async function asked(work: () => Promise<unknown>): Promise<number> {
    const so = api.seen.length
    await work()
    return api.seen.length - so
  }

  it('asks about the user as the API server knows them, and answers what it says', async () => {
    answer(allowed)
    assert.deepEqual(await reviewer()(question), { kind: 'allowed' })
    const { method, path, body } = api.seen.at(-1) ?? {}
    assert.deepEqual([method, path], ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews'])
    assert.deepEqual(JSON.parse(body ?? ''), {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'alice',
        uid: '1',
        groups: ['devs', 'a,b', 'system:authenticated'],
        extra: { 'example.com/team': [], scopes: ['read', 'write'] },
        resourceAttributes: getPod,
      },
    })
    answer({ allowed: false, reason: 'no role' })
    const other = { ...question, attributes: { verb: 'get', path: '/metrics' } }
    assert.deepEqual(await reviewer()(other), { kind: 'denied', reason: 'no role' })
    const { spec } = JSON.parse(api.seen.at(-1)?.body ?? '') as { spec: object }
    assert.deepEqual('nonResourceAttributes' in spec && spec.nonResourceAttributes, {
      verb: 'get',
      path: '/metrics',
    })
    assert.ok(!('resourceAttributes' in spec))
  })

  const noAnswers: readonly (readonly [name: string, answer: RequestListener])[] = [
    ['an error', respond(500, {})],
    ['a rate limit', respond(429, { reason: 'TooManyRequests' })],
    ['a yes with the status of an error', respond(403, yes)],
    ['a redirect', respond(302, yes)],
    ['something else', respond(201, { kind: 'Status' })],
    ['10 MB', respond(201, 'x'.repeat(10_000_000))],
    ['silence', () => {}],
    ['half an answer', (_request, response) => response.writeHead(201).write('{')],
    ['a broken connection', ({ socket }) => socket.destroy()],
  ]
  for (const [name, noAnswer] of noAnswers) {
    it(`takes ${name} for no answer, and remembers none`, async () => {
      const reviewing = reviewer()
      api.answer = noAnswer
      await assert.rejects(reviewing(question), isOutage)
      api.answer = respond(201, yes)
      assert.deepEqual(await reviewing(question), { kind: 'allowed' })
    })
  }

  it('denies without a question what JSON cannot say', async () => {
    answer(allowed)
    const questions = await asked(async () => {
      const verdict = await reviewer()({ ...question, user: { ...alice, name: 'a\ud800' } })
      assert.equal(verdict.kind, 'denied')
    })
    assert.equal(questions, 0)
  })

  it('says which right is missing', async () => {
    api.answer = respond(403, { reason: 'Forbidden' })
    await assert.rejects(reviewer()(question), /needs ClusterRole "system:auth-delegator"/)
  })

  describe('its memory', () => {
    it('holds a yes for ten seconds', async () => {
      answer(allowed)
      const reviewing = reviewer()
      await reviewing(question)
      answer({ allowed: false })
      nowMs += 9_999
      assert.equal((await reviewing(question)).kind, 'allowed')
      nowMs += 1
      assert.equal((await reviewing(question)).kind, 'denied')
      answer(allowed)
      assert.equal((await reviewing(question)).kind, 'denied')
    })

    it('holds a no for five', async () => {
      answer({ allowed: false })
      const reviewing = reviewer()
      await reviewing(question)
      answer(allowed)
      nowMs += 4_999
      assert.equal((await reviewing(question)).kind, 'denied')
      nowMs += 1
      assert.equal((await reviewing(question)).kind, 'allowed')
    })

    it('counts from the question, however long the answer takes', async () => {
      const reviewing = reviewer()
      api.answer = (_request, response) => {
        nowMs += 6_000
        response.writeHead(201).end(JSON.stringify(yes))
      }
      await reviewing(question)
      nowMs += 4_000
      assert.equal(await asked(async () => reviewing(question)), 1)
    })

    it('holds nothing when the clock is set back', async () => {
      answer(allowed)
      const reviewing = reviewer()
      await reviewing(question)
      nowMs -= 1
      assert.equal(await asked(async () => reviewing(question)), 1)
    })

    it('shares a review among equal questions that arrive together', async () => {
      answer(allowed)
      const reviewing = reviewer()
      const again = {
        ...question,
        user: { ...alice, extra: new Map([...alice.extra].toReversed()) },
      }
      const questions = await asked(async () =>
        Promise.all(
          Array.from({ length: 50 }, async (_, index) => reviewing(index % 2 ? again : question)),
        ),
      )
      assert.equal(questions, 1)
    })

    it('loses no yes to a flood of refusals', async () => {
      const reviewing = reviewer({ maxEntries: 10 })
      answer(allowed)
      await reviewing(question)
      answer({ allowed: false })
      for (let index = 0; index < 30; index += 1) {
        await reviewing({ ...question, attributes: { ...getPod, name: `junk-${index}` } })
      }
      assert.equal(await asked(async () => reviewing(question)), 0)
    })

    for (const [name, other] of otherQuestions) {
      it(`is none for a user ${name}`, async () => {
        answer(allowed)
        const reviewing = reviewer()
        await reviewing(question)
        answer({ allowed: false })
        assert.equal((await reviewing(other)).kind, 'denied')
      })
    }
  })

  describe('its queue', () => {
    it('has an end, and heals', async () => {
      const reviewing = reviewer({ running: 2, waiting: 3 })
      const { arrived, free } = holdAnswers(api, respond(201, yes))
      const first = Array.from({ length: 5 }, async (_, index) => reviewing(named(index)))
      await arrived(2)
      await assert.rejects(reviewing(named(5)), (error) => {
        assert.match(String(error), /too many questions wait already/)
        return isOutage(error)
      })
      free()
      for (const { kind } of await Promise.all(first)) assert.equal(kind, 'allowed')
      assert.equal((await reviewing(named(5))).kind, 'allowed')
    })

    it('keeps places from one user for the others, and gives them back', async () => {
      const reviewing = reviewer({ running: 2, perUser: 3 })
      const { arrived, free } = holdAnswers(api, respond(201, yes))
      const greedy = Array.from({ length: 3 }, async (_, index) =>
        reviewing(named(index, 'mallory')),
      )
      await arrived(2)
      await assert.rejects(reviewing(named(3, 'mallory')), /questions about this user wait already/)
      const other = reviewing(question)
      free()
      assert.equal((await other).kind, 'allowed')
      await Promise.all(greedy)
      assert.equal((await reviewing(named(3, 'mallory'))).kind, 'allowed')
    })

    it('gives places back after failures too', async () => {
      const reviewing = reviewer({ running: 1, perUser: 1 })
      api.answer = respond(500, '')
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await assert.rejects(reviewing(question), /answered 500/)
      }
      answer(allowed)
      assert.equal((await reviewing(question)).kind, 'allowed')
    })
  })
})

function named(index: number, name = `user-${index}`): AccessQuestion {
  return {
    user: { ...alice, name },
    attributes: { ...getPod, name: `pod-${index}` },
  }
}
