import { customOf, describeFaults, type FaultCase, policy } from './fault-cases.ts'
import { set, without } from './installed.ts'

const cases: readonly FaultCase[] = [
  {
    when: 'the policy of a former provider is left over',
    change: customOf('oauth2-proxy', { app: 'istio-ingressgateway' }),
    what: /asks the provider "oauth2-proxy" where AuthorizationPolicy .*attache asks "attache-grpc"/,
    effect: /denies every request there/,
  },
  {
    when: 'it selects the same pods by another label',
    change: customOf('oauth2-proxy', { istio: 'ingressgateway' }),
    what: /asks the provider "oauth2-proxy"/,
    effect: /denies every request there/,
  },
  {
    when: 'two providers of our own are asked at one place',
    change: customOf('attache-http', { app: 'istio-ingressgateway' }),
    what: /asks the provider "attache-http" where/,
    effect: /denies every request there/,
  },
  {
    when: 'a provider is not there',
    change: set(policy, ['spec', 'provider', 'name'], 'attache'),
    what: /no AuthorizationPolicy with action CUSTOM asks the provider "attache-grpc"/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'no policy asks',
    change: without(policy),
    what: /no AuthorizationPolicy with action CUSTOM/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'the policy is tried alone',
    change: set(policy, ['metadata', 'annotations'], { 'istio.io/dry-run': 'true' }),
    what: /istio\.io\/dry-run/,
    effect: /RBAC: access denied/,
  },
  {
    when: 'the policy has no rules',
    change: set(policy, ['spec', 'rules'], []),
    what: /has no rules/,
    effect: /passes unchecked/,
  },
  {
    when: 'the policy is about requests without a token',
    change: set(
      policy,
      ['spec', 'rules'],
      [{ when: [{ key: 'request.headers[Authorization]', notValues: ['*'] }] }],
    ),
    what: /not about every request/,
    effect: /any text in the place of a token will do/,
  },
  {
    when: 'the policy is about some hosts',
    change: set(policy, ['spec', 'rules'], [{ to: [{ operation: { hosts: ['a.example'] } }] }]),
    what: /not about every request/,
    effect: /pass unchecked/,
  },
  {
    when: 'the policy leaves paths out',
    change: set(policy, ['spec', 'rules'], [{ to: [{ operation: { notPaths: ['/assets/*'] } }] }]),
    severity: 'warning',
    what: /leaves paths unchecked: \/assets\/\*/,
    effect: /administrator/,
  },
]

describeFaults('who is asked', cases)
