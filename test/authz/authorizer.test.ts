import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccessQuestion, AccessVerdict } from '../../src/authz/access.ts'
import { createAuthorize } from '../../src/authz/authorizer.ts'
import type { RouteConfig } from '../../src/config/types.ts'
import { checkInput } from '../support/check-input.ts'
import { config, routeConfig } from '../support/config.ts'
import { authenticated, userInfo } from '../support/user.ts'

const alice = authenticated({ user: userInfo({ name: 'alice' }) })
const requested = 'x-attache-requested-impersonate-'

/** Everybody gets an extra by configuration. */
const impersonate = {
  ...config().impersonate,
  extra: [
    {
      key: 'example.com/cluster',
      expression: { source: '', evaluate: () => '', measure: () => ({ result: '', cost: 1 }) },
      constant: ['blue'],
    },
  ],
}

const never = () => false
const always: (question: AccessQuestion) => boolean = () => true
const mayUsers = ({ attributes }: AccessQuestion) =>
  'resource' in attributes && attributes.resource === 'users'
const mayInC = ({ attributes }: AccessQuestion) =>
  'namespace' in attributes && attributes.namespace === 'c'

/** What comes of a request when the API server allows what `may` says, and what it was asked. */
async function authorized(
  route: Partial<RouteConfig>,
  {
    headers = {},
    captures = [{}] as readonly Readonly<Record<string, string>>[],
    may = always,
    caller = alice,
  } = {},
) {
  const asked: AccessQuestion[] = []
  const review = async (question: AccessQuestion): Promise<AccessVerdict> => {
    asked.push(question)
    return may(question) ? { kind: 'allowed' } : { kind: 'denied', reason: 'RBAC' }
  }
  const checked = routeConfig({ identity: 'impersonate', ...route })
  const authorize = createAuthorize(config({ routes: [checked], impersonate }), review)
  const input = checkInput({ headers })
  return { answer: await authorize({ input, route: checked, captures }, caller), asked }
}

const inferenceServices = {
  verb: 'get',
  group: 'serving.kserve.io',
  resource: 'inferenceservices',
  namespace: '{namespace}',
  name: '{name}',
}

describe('createAuthorize()', () => {
  it('asks nobody on a route that wants nothing', async () => {
    const headers = { [`${requested}user`]: 'jane' }
    const { answer, asked } = await authorized({}, { headers })
    assert.deepEqual(answer, { kind: 'allowed', user: alice, reviewed: [] })
    assert.equal(asked.length, 0)
  })

  it('lets who may act as somebody else do so, each name by itself', async () => {
    const headers = { [`${requested}user`]: 'jane', [`${requested}group`]: 'ops,dev' }
    const { answer, asked } = await authorized({ allowImpersonation: true }, { headers })
    assert.ok(answer.kind === 'allowed')
    assert.equal(answer.user.user.name, 'alice')
    assert.equal(answer.user.actingAs?.name, 'jane')
    assert.deepEqual(answer.user.actingAs?.groups, ['ops', 'dev'])
    assert.equal(asked.length, 3)
    assert.ok(asked.every(({ user }) => user.name === 'alice'))
  })

  it('denies a name that is not allowed, and tells whom the caller wanted to act as', async () => {
    const headers = { [`${requested}user`]: 'jane', [`${requested}group`]: 'system:masters' }
    const { answer } = await authorized({ allowImpersonation: true }, { headers, may: mayUsers })
    assert.ok(answer.kind === 'denied')
    assert.equal(answer.reason, 'not-allowed')
    assert.match(answer.detail, /"alice" may not impersonate .*system:masters/)
    assert.equal(answer.user.actingAs?.name, 'jane')
  })

  for (const [what, headers] of [
    ['groups without a user', { [`${requested}group`]: 'ops' }],
    ['a kind that nobody knows', { [`${requested}user`]: 'a', [`${requested}tomorrow`]: 'x' }],
    ['what came past the pre-filter', { 'impersonate-user': 'jane' }],
    [
      'the name of who asked',
      {
        [`${requested}user`]: 'jane',
        [`${requested}extra-originaluser.attache.io%2fuser`]: 'mallory',
      },
    ],
    [
      'an extra that the configuration says',
      { [`${requested}user`]: 'jane', [`${requested}extra-example.com%2fcluster`]: 'green' },
    ],
    [
      'the same in another spelling',
      { [`${requested}user`]: 'jane', [`${requested}extra-example.com%2f%43luster`]: 'green' },
    ],
  ] as const) {
    it(`refuses ${what} as malformed, and asks nobody`, async () => {
      const { answer, asked } = await authorized({ allowImpersonation: true }, { headers })
      assert.equal(answer.kind === 'denied' && answer.reason, 'client-impersonation')
      assert.equal(asked.length, 0)
    })
  }

  it('asks whether the user may, for every way in which the host fits', async () => {
    const captures = [
      { name: 'a', namespace: 'b-c' },
      { name: 'a-b', namespace: 'c' },
    ]
    const route = { subjectAccessReview: inferenceServices }
    const { answer, asked } = await authorized(route, { captures })
    assert.equal(answer.kind, 'allowed')
    assert.deepEqual(
      asked.map(({ attributes }) => 'namespace' in attributes && attributes.namespace),
      ['b-c', 'c'],
    )
    const half = await authorized(route, { captures, may: mayInC })
    assert.equal(half.answer.kind === 'denied' && half.answer.reason, 'not-allowed')
  })

  it('asks about whom the caller acts as', async () => {
    const route = { allowImpersonation: true, subjectAccessReview: inferenceServices }
    const { asked } = await authorized(route, {
      headers: { [`${requested}user`]: 'jane' },
      captures: [{ name: 'm', namespace: 'n' }],
    })
    assert.deepEqual(
      asked.map(({ user }) => user.name),
      ['alice', 'jane'],
    )
  })

  describe('with a gateway pass', () => {
    const captures = [{ name: 'm', namespace: 'n' }]
    const { verb, group, resource } = inferenceServices
    const good = { verb, group, resource, subresource: '', name: 'm', namespace: 'n' }
    const caller = authenticated({ authenticator: 'gateway-pass', goodFor: [good] })
    const route = {
      identity: 'kubeflow',
      subjectAccessReview: inferenceServices,
      allowGatewayPass: true,
    } as const

    it('asks the API server again', async () => {
      const { answer, asked } = await authorized(route, { captures, caller })
      assert.deepEqual(answer, { kind: 'allowed', user: caller, reviewed: [good] })
      assert.equal(asked.length, 1)
      const { answer: denied } = await authorized(route, { captures, caller, may: never })
      assert.match(denied.kind === 'denied' ? denied.detail : '', /"alice" may not get/)
    })

    for (const [what, other, ways] of [
      ['for another model', route, [{ name: 'other', namespace: 'n' }]],
      ['on a route that wants nothing', { identity: 'kubeflow' }, captures],
      ['where somebody may act as somebody else', { allowImpersonation: true }, captures],
      ['at the API server', { subjectAccessReview: inferenceServices }, captures],
    ] as const) {
      it(`asks nobody ${what}, and denies`, async () => {
        const headers = { [`${requested}user`]: 'jane' }
        const { answer, asked } = await authorized(other, { headers, captures: ways, caller })
        assert.equal(answer.kind === 'denied' && answer.reason, 'not-allowed')
        assert.match(answer.kind === 'denied' ? answer.detail : '', /pass is not good for/)
        assert.equal(answer.user, caller)
        assert.equal(asked.length, 0)
      })
    }
  })
})
