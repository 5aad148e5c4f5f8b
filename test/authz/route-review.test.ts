import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccessQuestion, ReviewAccess } from '../../src/authz/access.ts'
import { compileRouteReview, type RouteReviewSetting } from '../../src/authz/route-review.ts'
import { compileHostPattern, compilePathPattern } from '../../src/routes/pattern.ts'
import { alice } from './access-cases.ts'

const setting: RouteReviewSetting = {
  group: 'serving.kserve.io',
  resource: 'inferenceservices',
  verb: 'get',
  namespace: '{namespace}',
  name: '{name}',
}

/** Allows only what is listed as `namespace/name`. */
function only(...allowed: readonly string[]) {
  const asked: AccessQuestion[] = []
  const review: ReviewAccess = async (question) => {
    asked.push(question)
    const { attributes } = question
    const key = 'path' in attributes ? '' : `${attributes.namespace}/${attributes.name}`
    return allowed.includes(key) ? { kind: 'allowed' } : { kind: 'denied', reason: '' }
  }
  return { review, asked }
}

const refuse: ReviewAccess = async () => ({ kind: 'denied', reason: 'no role' })
const away: ReviewAccess = async () => {
  throw new Error('away')
}

describe('compileRouteReview()', () => {
  it('asks about what the path names', async () => {
    const { review, asked } = only('team/one')
    const fits = compilePathPattern('/serving/{namespace}/{name}/*')
    const { ask, needs } = compileRouteReview(setting, review)
    assert.deepEqual([...needs], ['namespace', 'name'])
    const attributes = {
      group: 'serving.kserve.io',
      resource: 'inferenceservices',
      subresource: '',
      verb: 'get',
      namespace: 'team',
      name: 'one',
    }
    assert.deepEqual(await ask(alice, fits('/serving/team/one/v1')), {
      kind: 'allowed',
      reviewed: [attributes],
    })
    assert.deepEqual(asked, [{ user: alice, attributes }])
    assert.deepEqual(await ask(alice, fits('/serving/other/one/v1')), {
      kind: 'denied',
      detail:
        '"alice" may not get inferenceservices of serving.kserve.io "one" in namespace "other"',
    })
  })

  it('passes a host only if every way to split it passes', async () => {
    const ways = compileHostPattern('{name}-{namespace}.example.com')('a-b-c.example.com')
    const { ask } = compileRouteReview(setting, only('b-c/a', 'c/a-b').review)
    const verdict = await ask(alice, ways)
    assert.ok(verdict.kind === 'allowed')
    assert.deepEqual(
      verdict.reviewed.map(({ namespace, name }) => `${namespace}/${name}`),
      ['b-c/a', 'c/a-b'],
    )
    for (const one of ['b-c/a', 'c/a-b']) {
      const strict = compileRouteReview(setting, only(one).review)
      assert.equal((await strict.ask(alice, ways)).kind, 'denied')
    }
  })

  it('fills text around captures, and asks about all objects where none is named', async () => {
    const { review, asked } = only('user-team-1/undefined')
    const { ask } = compileRouteReview(
      { verb: 'list', resource: 'pods', subresource: 'log', namespace: 'user-{team}-{n}' },
      review,
    )
    await ask(alice, [{ team: 'team', n: '1' }])
    assert.deepEqual(asked[0]?.attributes, {
      verb: 'list',
      group: '',
      resource: 'pods',
      subresource: 'log',
      namespace: 'user-team-1',
      name: '',
    })
  })

  it('says what is denied, and why', async () => {
    const { ask } = compileRouteReview(
      { verb: 'list', resource: 'pods', subresource: 'log' },
      refuse,
    )
    assert.deepEqual(await ask(alice, [{}]), {
      kind: 'denied',
      detail: '"alice" may not list pods/log: no role',
    })
  })

  const doubtful: readonly (readonly [name: string, ways: readonly Record<string, string>[]])[] = [
    ['no way', []],
    ['a way without a capture', [{ namespace: 'team' }]],
    ['one way of two without a capture', [{ namespace: 'team', name: 'one' }, { name: 'one' }]],
    ['an empty capture', [{ namespace: '', name: 'one' }]],
    ['too many ways', Array.from({ length: 65 }, () => ({ namespace: 'team', name: 'one' }))],
  ]
  for (const [name, ways] of doubtful) {
    it(`denies ${name} without a question`, async () => {
      const { review, asked } = only('team/one', '/one', 'team/')
      const { ask } = compileRouteReview(setting, review)
      assert.equal((await ask(alice, ways)).kind, 'denied')
      assert.equal(asked.length, 0)
    })
  }

  it('takes no capture from what every object has', async () => {
    const { ask } = compileRouteReview({ ...setting, name: '{constructor}' }, only().review)
    const verdict = await ask(alice, [{ namespace: 'team', name: 'one' }])
    assert.deepEqual(verdict, { kind: 'denied', detail: 'nothing was captured as "constructor"' })
  })

  it('rejects when the API server gives no answer', async () => {
    const { ask } = compileRouteReview(setting, away)
    await assert.rejects(ask(alice, [{ namespace: 'team', name: 'one' }]), /away/)
  })

  const mistakes: readonly Partial<RouteReviewSetting>[] = [
    { namespace: '{' },
    { namespace: 'a}' },
    { name: '{}' },
    { name: '{a b}' },
    { name: '{{name}}' },
    { name: '{1}' },
    { verb: '{verb}' },
    { resource: '{name}' },
    { group: '{name}' },
    { subresource: '{name}' },
  ]
  for (const mistake of mistakes) {
    it(`refuses ${JSON.stringify(mistake)}`, () => {
      assert.throws(
        () => compileRouteReview({ ...setting, ...mistake }, only().review),
        SyntaxError,
      )
    })
  }
})
