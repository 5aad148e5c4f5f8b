import { customOf, describeFaults, type FaultCase, mesh, policy } from './fault-cases.ts'
import { add, all, set, without } from './installed.ts'

/** The mesh configuration of a Kubeflow that knows another provider alone. */
const otherProvider = add({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'istio-system', name: 'istio' },
  data: {
    mesh: 'extensionProviders: [{ name: oauth2-proxy, envoyExtAuthzHttp: { service: o.o.svc } }]',
  },
})

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
    when: 'another provider is asked, and Attaché is not there yet',
    change: all(
      without(policy),
      without(mesh),
      otherProvider,
      customOf('oauth2-proxy', { app: 'istio-ingressgateway' }),
    ),
    what: /no extensionProvider names Attaché's Service/,
    effect: /others decide about every request/,
  },
  {
    when: 'the policy selects pods of no gateway',
    change: set(policy, ['spec', 'selector', 'matchLabels', 'app'], 'istio-ingresgateway'),
    what: /selects app: istio-ingresgateway, and no Deployment/,
    effect: /no gateway asks Attaché, and every request passes unchecked/,
    // What is told besides: nothing of ours stands beside such a policy.
    findings: 4,
  },
  {
    when: 'the policy is in another namespace than the gateway',
    change: set(policy, ['metadata', 'namespace'], 'kubeflow'),
    what: /selects app: istio-ingressgateway, and no Deployment/,
    effect: /no gateway asks Attaché, and every request passes unchecked/,
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
    effect: /whatever stands in the place of a token will do/,
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
