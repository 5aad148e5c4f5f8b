/** Reviews and the impersonator's token, from a real kube-apiserver. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AccessQuestion } from '../../src/authz/access.ts'
import { compileRouteReview } from '../../src/authz/route-review.ts'
import { subjectAccessReview } from '../../src/authz/subject-access-review.ts'
import { DependencyError } from '../../src/errors.ts'
import {
  type ImpersonatorCredential,
  serviceAccountCredential,
} from '../../src/kubernetes/impersonator-credential.ts'
import { compilePathPattern } from '../../src/routes/pattern.ts'
import type { UserInfo } from '../../src/user.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import { until } from '../e2e/cluster.ts'
import { deleteObject } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import type { Caller } from './act-as-cases.ts'
import {
  type ImpersonationCluster,
  impersonator,
  startImpersonationCluster,
} from './impersonation-cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

const callers: readonly Caller[] = [
  ...(['alice', 'nina', 'gina', 'boss', 'carol'] as const),
  ...(['bot', 'stray', 'anonymous'] as const),
]

const impersonate = { verb: 'impersonate', group: '', resource: 'users' }
const extra = { ...impersonate, group: 'authentication.k8s.io', resource: 'userextras' }
const asked: readonly AccessQuestion['attributes'][] = [
  { ...impersonate, name: 'bob' },
  { ...impersonate, name: 'friend-of-all' },
  { ...impersonate, name: 'friend-of-team' },
  { ...impersonate, name: 'guest' },
  { ...impersonate, resource: 'serviceaccounts', namespace: 'team', name: 'any' },
  { ...impersonate, resource: 'serviceaccounts', namespace: 'other', name: 'bot' },
  { ...impersonate, resource: 'serviceaccounts', name: 'bot' },
  { ...extra, subresource: 'scopes', name: 'read' },
  { ...extra, version: 'v1', subresource: 'example.com/team', name: 'x' },
  { verb: 'create', group: 'authentication.k8s.io', resource: 'selfsubjectreviews' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'team' },
  { verb: '*', group: '*', resource: '*' },
  { verb: 'get', path: '/version' },
  { verb: 'get', path: '/api' },
  { verb: 'get', path: '/metrics' },
  { verb: 'post', path: '/version' },
]

describe('reviews by kube-apiserver', { skip: programs.skip }, () => {
  let cluster: ImpersonationCluster
  let nowMs = 0
  const now = () => nowMs

  before(async () => {
    cluster = await startImpersonationCluster(programs.get(), [])
  })
  after(async () => cluster.stop())

  const reviewer = () => subjectAccessReview({ client: cluster.client, now })

  for (const caller of callers) {
    it(`say of ${caller} what the API server tells themselves`, async () => {
      const user = await cluster.userOf(caller)
      const review = reviewer()
      for (const attributes of asked) {
        const { kind } = await review({ user, attributes })
        const expected = (await cluster.mayI(caller, attributes)) ? 'allowed' : 'denied'
        assert.equal(kind, expected, JSON.stringify(attributes))
      }
    })
  }

  it('follow roles that come and go, within the time that answers are remembered', async () => {
    const zoe: UserInfo = { name: 'zoe', uid: '', groups: [], extra: new Map() }
    const { ask } = compileRouteReview(
      { verb: 'get', resource: 'pods', namespace: '{namespace}' },
      reviewer(),
    )
    const fits = compilePathPattern('/pods/{namespace}/*')
    const get = async (path: string) => (await ask(zoe, fits(path))).kind
    assert.equal(await get('/pods/team/1'), 'denied')
    const { request } = cluster.api
    const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings'
    const { status } = await request('POST', bindings, {
      body: {
        metadata: { name: 'zoe' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'system:aggregate-to-view',
        },
        subjects: [{ kind: 'User', name: 'zoe', apiGroup: 'rbac.authorization.k8s.io' }],
      },
    })
    assert.equal(status, 201)
    assert.equal(await get('/pods/team/1'), 'denied')
    await until(async () => {
      nowMs += 5_000
      return (await get('/pods/team/1')) === 'allowed'
    })
    assert.equal(await get('/pods/other/1'), 'denied')
    await deleteObject(cluster.api, `${bindings}/zoe`)
    assert.equal(await get('/pods/team/1'), 'allowed')
    await until(async () => {
      nowMs += 10_000
      return (await get('/pods/team/1')) === 'denied'
    })
  })

  it('deny where a role is missing, with the reason of RBAC', async () => {
    const { request } = cluster.api
    await request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      body: {
        metadata: { name: 'dangling' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'gone' },
        subjects: [{ kind: 'User', name: 'dan', apiGroup: 'rbac.authorization.k8s.io' }],
      },
    })
    const user: UserInfo = { name: 'dan', uid: '', groups: [], extra: new Map() }
    await until(async () => {
      const verdict = await reviewer()({ user, attributes: { verb: 'get', resource: 'pods' } })
      assert.ok(verdict.kind === 'denied')
      return /clusterrole.*"gone" not found/.test(verdict.reason)
    })
  })

  describe('the token of the impersonator', () => {
    const { log, lines } = capturedLog()
    const credential = (name = impersonator.name): ImpersonatorCredential =>
      serviceAccountCredential({ ...impersonator, name }, { client: cluster.client, now, log })

    it('is that of the account, for ten minutes', async () => {
      const token = await credential().token()
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
        readonly sub: string
        readonly iat: number
        readonly exp: number
      }
      assert.equal(claims.sub, 'system:serviceaccount:attache:impersonator')
      assert.equal(claims.exp - claims.iat, 600)
      const asCarol = { 'impersonate-user': 'carol' }
      const path = '/api/v1/namespaces'
      const { body } = await cluster.api.request('GET', path, { token, headers: asCarol })
      assert.match(JSON.stringify(body['message']), /User .*carol.* cannot list/)
    })

    it('is nobody else’s: the right names the account', async () => {
      const failure = await outage(credential('reviewer').token())
      assert.match(failure, /answered 403 Forbidden; .* needs the verb "create" .* "reviewer"/)
    })

    it('stays while the API server is away, and reviews fail closed; both heal', async () => {
      const { token } = credential()
      const first = await token()
      const user: UserInfo = { name: 'boss', uid: '', groups: ['system:masters'], extra: new Map() }
      const review = reviewer()
      const ask = async () => review({ user, attributes: { verb: 'get', resource: 'pods' } })
      assert.equal((await ask()).kind, 'allowed')
      await cluster.api.halt()
      assert.equal((await ask()).kind, 'allowed')
      nowMs += 480_000
      assert.match(await outage(ask()), /gave no usable answer/)
      assert.equal(token(), first)
      await until(async () => lines.length > 0)
      nowMs += 120_000
      assert.match(await outage(token()), /gave no usable answer/)
      await cluster.api.resume()
      nowMs += 1_000
      assert.notEqual(await token(), first)
      assert.equal((await ask()).kind, 'allowed')
      assert.equal(lines.join('').includes(first), false)
    })
  })
})

async function outage(answer: unknown): Promise<string> {
  const error: unknown = await Promise.resolve(answer).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DependencyError)
  return error.message
}
