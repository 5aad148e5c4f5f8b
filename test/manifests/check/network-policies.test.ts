import { describeFaults, type FaultCase, networkPolicy } from './fault-cases.ts'
import { add, set, without } from './installed.ts'

const cases: readonly FaultCase[] = [
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
