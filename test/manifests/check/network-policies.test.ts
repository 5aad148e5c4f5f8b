import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeFaults, type FaultCase, kubeflow, networkPolicy, secret } from './fault-cases.ts'
import { add, all, findingsAfter, said, set, without } from './installed.ts'

const name = 'kubernetes.io/metadata.name'
const gatewayPods = { matchLabels: { app: 'istio-ingressgateway' } }
const expression = (key: string, operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }],
})
/** Who may reach the check ports. */
const from = (namespaceSelector: object | undefined, podSelector?: object) =>
  set(
    networkPolicy,
    ['spec', 'ingress', 0, 'from'],
    [{ ...(namespaceSelector && { namespaceSelector }), ...(podSelector && { podSelector }) }],
  )

/** Selectors of namespaces that those of Kubeflow's profiles fit. */
const ofTenants: Readonly<Record<string, object>> = {
  'every namespace but one': expression(name, 'NotIn', 'default'),
  'every namespace that has a name': expression(name, 'Exists'),
  'every namespace with a sidecar': expression('istio-injection', 'In', 'enabled', 'true'),
  'every profile': { matchLabels: { 'app.kubernetes.io/part-of': 'kubeflow-profile' } },
  'every namespace without a label': expression('example.com/locked', 'DoesNotExist'),
}

const cases: readonly FaultCase[] = [
  ...Object.entries(ofTenants).map(
    ([when, selector]): FaultCase => ({
      when: `the NetworkPolicy is for ${when}`,
      change: from(selector, gatewayPods),
      what: /lets pods of tenants' namespaces reach the check ports/,
      effect: /a notebook may ask Attaché as if it were the gateway/,
    }),
  ),
  {
    when: 'the NetworkPolicy lets every pod beside the gateway in',
    change: from(expression(name, 'In', 'istio-system')),
    severity: 'warning',
    what: /lets other pods of namespace istio-system than the gateways reach/,
    effect: /whoever runs something there/,
  },
  {
    when: 'the NetworkPolicy lets pods beside the gateway in, by what they are not called',
    change: from(expression(name, 'In', 'istio-system'), expression('app', 'NotIn', 'jaeger')),
    severity: 'warning',
    what: /lets other pods of namespace istio-system than the gateways reach/,
    effect: /whoever runs something there/,
  },
  {
    when: 'the NetworkPolicy lets istiod in',
    change: from(
      expression(name, 'In', 'istio-system'),
      expression('app', 'In', 'istio-ingressgateway', 'istiod'),
    ),
    severity: 'warning',
    what: /lets other pods of namespace istio-system than the gateways reach/,
    effect: /whoever runs something there/,
  },
  {
    when: 'the NetworkPolicy lets another namespace in',
    change: from(expression(name, 'In', 'istio-system', 'monitoring'), gatewayPods),
    severity: 'warning',
    what: /lets pods of namespace monitoring, where no gateway asks Attaché,/,
    effect: /whoever runs something there/,
  },
  ...Object.entries({
    "for a namespace that is not the gateway's": from(
      expression(name, 'NotIn', 'istio-system'),
      gatewayPods,
    ),
    'for pods beside Attaché': from(undefined, gatewayPods),
    'for pods of another name': from(
      expression(name, 'In', 'istio-system'),
      expression('app', 'NotIn', 'istio-ingressgateway'),
    ),
    'for another port': set(
      networkPolicy,
      ['spec', 'ingress', 0, 'ports'],
      [{ port: 'http-pages' }],
    ),
    'for another port by number': set(
      networkPolicy,
      ['spec', 'ingress', 0, 'ports'],
      [{ port: 9091, endPort: 9100 }],
    ),
    'for UDP': set(
      networkPolicy,
      ['spec', 'ingress', 0, 'ports'],
      [{ port: 9090, protocol: 'UDP' }],
    ),
    'for nobody': set(networkPolicy, ['spec', 'ingress'], undefined),
  }).map(
    ([when, change]): FaultCase => ({
      when: `the NetworkPolicy is ${when}`,
      config: secret,
      change,
      what: /lets no pod in that AuthorizationPolicy istio-system\/istio-ingressgateway-attache/,
      effect: /every request ends in 503/,
    }),
  ),
  {
    when: 'it selects pods by an expression that is not about Attaché',
    change: set(networkPolicy, ['spec', 'podSelector'], expression('app', 'NotIn', 'attache')),
    what: /has no NetworkPolicy beside it/,
    effect: /every pod of the cluster/,
  },
  {
    when: 'there is no NetworkPolicy',
    change: without(networkPolicy),
    what: /has no NetworkPolicy beside it, and listen\.trustNetwork is true/,
    effect: /every pod of the cluster/,
  },
  {
    when: 'the NetworkPolicy is for other pods',
    change: set(networkPolicy, ['spec', 'podSelector'], { matchLabels: { app: 'other' } }),
    what: /has no NetworkPolicy beside it/,
    effect: /every pod of the cluster/,
  },
  {
    when: 'the NetworkPolicy lets everybody in',
    change: set(networkPolicy, ['spec', 'ingress', 0, 'from'], [{ namespaceSelector: {} }]),
    what: /lets everybody reach the check ports/,
    effect: /as if it were the gateway/,
  },
  {
    when: 'the NetworkPolicy lets pods in that anybody can label',
    change: set(
      networkPolicy,
      ['spec', 'ingress', 0, 'from'],
      [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'istio-ingressgateway' } } }],
    ),
    what: /lets everybody reach the check ports/,
    effect: /as if it were the gateway/,
  },
  {
    when: 'the NetworkPolicy lets everybody in, by halves',
    change: set(
      networkPolicy,
      ['spec', 'ingress', 0, 'from'],
      [{ ipBlock: { cidr: '0.0.0.0/1' } }, { ipBlock: { cidr: '128.0.0.0/1' } }],
    ),
    what: /lets everybody reach the check ports/,
    effect: /as if it were the gateway/,
  },
  {
    when: 'another NetworkPolicy lets everybody in',
    change: add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'attache', name: 'more' },
      spec: { podSelector: {}, ingress: [{}] },
    }),
    what: /lets everybody reach the check ports/,
    effect: /as if it were the gateway/,
  },
]

describeFaults('NetworkPolicies', cases)

describe('attache manifests --check: NetworkPolicies that do', () => {
  const good = {
    'expressions that name the gateway': from(
      expression(name, 'In', 'istio-system'),
      expression('app', 'In', 'istio-ingressgateway'),
    ),
    'a label of its namespace that no file shows': from(
      { matchLabels: { 'example.com/gateways': 'true' } },
      gatewayPods,
    ),
    'an expression for its own pods': set(
      networkPolicy,
      ['spec', 'podSelector'],
      expression('app', 'In', 'attache', 'other'),
    ),
    'a range of ports': set(
      networkPolicy,
      ['spec', 'ingress', 0, 'ports'],
      [{ port: 9000, endPort: 9099 }],
    ),
    'addresses of a node': set(
      networkPolicy,
      ['spec', 'ingress', 0, 'from'],
      [{ ipBlock: { cidr: '10.1.2.3/32' } }],
    ),
    'one more that denies everything': add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'attache', name: 'default-deny' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    }),
    'one more for metrics': add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'attache', name: 'metrics' },
      spec: {
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 'http-admin' }] }],
      },
    }),
  }
  for (const [what, change] of Object.entries(good)) {
    it(`finds nothing wrong with ${what}`, () => {
      assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
    })
  }

  it('does not ask who else comes in where the gateway has a secret', () => {
    const change = all(from({}), set(networkPolicy, ['spec', 'ingress', 0, 'ports'], undefined))
    assert.deepEqual(said(findingsAfter(secret, { change })), [])
  })
})
