import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ResourceAttributes } from '../../src/authz/access.ts'
import { refusePass } from '../../src/authz/pass-bound.ts'
import { compileRouteReview, type RouteReviewSetting } from '../../src/authz/route-review.ts'
import type { RouteConfig } from '../../src/config/types.ts'
import { routeConfig } from '../support/config.ts'
import { authenticated } from '../support/user.ts'

const setting: RouteReviewSetting = {
  verb: 'get',
  group: 'serving.kserve.io',
  resource: 'inferenceservices',
  namespace: '{namespace}',
  name: '{name}',
}
const review = compileRouteReview(setting, async () => {
  throw new TypeError('A bound asks nobody')
})
const way = { namespace: 'team-a', name: 'm' }
const good: ResourceAttributes = {
  verb: 'get',
  group: 'serving.kserve.io',
  resource: 'inferenceservices',
  namespace: 'team-a',
  name: 'm',
}

interface Case {
  readonly goodFor?: readonly ResourceAttributes[]
  readonly captures?: readonly Readonly<Record<string, string>>[]
  readonly route?: Partial<RouteConfig>
  readonly isReviewed?: boolean
  readonly host?: string
}

const input = { host: 'm-predictor.team-a.svc.cluster.local' }

function refused({ isReviewed = true, host = input.host, ...more }: Case) {
  const { goodFor = [good], captures = [way], route = {} } = more
  const user = authenticated({ authenticator: 'gateway-pass', goodFor })
  const checked = routeConfig({ identity: 'kubeflow', allowGatewayPass: true, ...route })
  const request = { input: { host }, route: checked, captures }
  return refusePass(request, user, isReviewed ? review : undefined)
}

describe('refusePass()', () => {
  it('lets a pass do what was reviewed', () => {
    assert.equal(refused({}), undefined)
    assert.equal(refused({ goodFor: [{ ...good, name: 'other' }, good] }), undefined)
  })

  it('takes absent and empty for the same, as Kubernetes does', () => {
    assert.equal(refused({ goodFor: [{ ...good, subresource: '', version: '' }] }), undefined)
  })

  for (const name of [
    'verb',
    'group',
    'version',
    'resource',
    'subresource',
    'namespace',
    'name',
  ] as const) {
    it(`refuses a pass for another ${name}`, () => {
      const detail = refused({ goodFor: [{ ...good, [name]: 'other' }] })
      assert.equal(
        detail,
        'the gateway pass is not good for get inferenceservices of serving.kserve.io "m" in namespace "team-a"',
      )
    })
  }

  it('refuses a pass for all names, or all namespaces, where one is meant', () => {
    assert.match(refused({ goodFor: [{ ...good, name: '' }] }) ?? '', /not good for/)
    assert.match(refused({ goodFor: [{ ...good, namespace: '' }] }) ?? '', /not good for/)
  })

  it('refuses a request with a way that the pass is not good for', () => {
    const captures = [way, { namespace: 'a', name: 'm-team' }]
    assert.match(refused({ captures }) ?? '', /not good for .*"m-team" in namespace "a"/)
    assert.match(refused({ captures: captures.toReversed() }) ?? '', /not good for .*"m-team"/)
    const both = [good, { ...good, namespace: 'a', name: 'm-team' }]
    assert.equal(refused({ captures, goodFor: both }), undefined)
  })

  it('refuses a request without any way, or with too many', () => {
    assert.equal(refused({ captures: [] }), 'the pattern of the route does not fit')
    const many = Array.from({ length: 65 }, () => way)
    assert.equal(refused({ captures: many }), 'the host fits in more than 64 ways')
    assert.equal(refused({ captures: [{ name: 'm' }] }), 'nothing was captured as "namespace"')
  })

  it('refuses a pass that is good for nothing', () => {
    assert.match(refused({ goodFor: [] }) ?? '', /not good for/)
    const user = authenticated({ authenticator: 'gateway-pass' })
    const route = routeConfig({ allowGatewayPass: true })
    const detail = refusePass({ input, route, captures: [way] }, user, review)
    assert.match(detail ?? '', /the gateway pass is not good for/)
  })

  it('refuses a route without review, whatever it is', () => {
    for (const authorization of ['remove', 'keep', 'token', 'identityToken'] as const) {
      assert.equal(
        refused({ route: { authorization }, isReviewed: false }),
        'a gateway pass is not good for a route without subjectAccessReview',
      )
    }
  })

  it('refuses a route that has not said that it is a second gateway’s, whatever it is', () => {
    for (const authorization of ['remove', 'keep', 'gatewayPass'] as const) {
      assert.equal(
        refused({ route: { authorization, allowGatewayPass: false } }),
        'the route takes no gateway passes: allowGatewayPass is not set',
      )
    }
  })

  for (const host of [
    'm-predictor.team-a.svc.cluster.local.',
    'm-predictor.team-a.svc.cluster.local:',
    'm-predictor.team-a.svc.cluster.local:81',
    'm-predictor.team-a.svc.cluster.local.:80',
  ]) {
    it(`refuses a host that no gateway writes so: ${host}`, () => {
      assert.match(refused({ host }) ?? '', /a host with a port or a trailing dot/)
    })
  }

  it('refuses the API server, where one review would open everything', () => {
    for (const route of [
      { identity: 'impersonate' },
      { identity: 'impersonate', allowImpersonation: true },
      { allowImpersonation: true },
    ] as const) {
      assert.match(refused({ route }) ?? '', /not good for a route with identity: impersonate/)
    }
  })
})
