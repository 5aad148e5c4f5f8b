import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ManifestArguments } from '../../../src/manifests/options.ts'
import { describeFaults, type FaultCase, kubeflow } from './fault-cases.ts'
import { add, findingsAfter, said, set, without } from './installed.ts'

const given: ManifestArguments = { for: ['envoy-gateway'] }
const policy = 'SecurityPolicy kubeflow-gateway-attache'
const extAuth = ['spec', 'extAuth'] as const

/** A SecurityPolicy of somebody else for a route, beside ours. */
const ofRoute = (spec: object) =>
  add({
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    metadata: { namespace: 'kubeflow', name: 'of-somebody' },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'app' }],
      ...spec,
    },
  })

const cases: readonly FaultCase[] = [
  {
    when: 'failOpen is true',
    change: set(policy, [...extAuth, 'failOpen'], true),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'failOpen is what YAML 1.1 takes for true',
    change: set(policy, [...extAuth, 'failOpen'], 'yes'),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'Attaché is asked over HTTP',
    change: set(policy, [...extAuth, 'http'], { backendRefs: [{ name: 'attache', port: 8080 }] }),
    what: /asks over HTTP/,
    effect: /a foreign page can open a WebSocket/,
  },
  {
    when: 'the body is sent along',
    change: set(policy, [...extAuth, 'bodyToExtAuth'], { maxRequestBytes: 1 }),
    what: /bodyToExtAuth/,
    effect: /kubectl exec over SPDY hangs/,
  },
  {
    when: 'the timeout is too long',
    change: set(policy, [...extAuth, 'timeout'], '1m'),
    what: /timeout 1m, more than 10s/,
    effect: /clients wait/,
  },
  {
    when: 'statusOnError is missing',
    change: set(policy, [...extAuth, 'statusOnError'], undefined),
    what: /no statusOnError: 503/,
    effect: /people read that they may not/,
  },
  {
    when: 'there is no ReferenceGrant',
    change: without('ReferenceGrant kubeflow-gateway-attache'),
    what: /no ReferenceGrant there allows it/,
    effect: /answers 500 to everything/,
  },
  {
    when: 'the ReferenceGrant is for another namespace',
    change: set(
      'ReferenceGrant kubeflow-gateway-attache',
      ['spec', 'from', 0, 'namespace'],
      'team',
    ),
    what: /no ReferenceGrant there allows it/,
    effect: /answers 500 to everything/,
  },
  {
    when: 'a route has a SecurityPolicy of its own',
    change: ofRoute({ cors: { allowOrigins: ['https://app.example'] } }),
    what: /is of a route, and takes the place/,
    effect: /pass unchecked/,
  },
]

describeFaults(
  'Envoy Gateway',
  cases.map((one) => ({ ...one, given })),
)

describe('attache manifests --check: Envoy Gateway', () => {
  it('finds nothing wrong with what is printed, and with a shorter timeout', () => {
    assert.deepEqual(said(findingsAfter(kubeflow, { given })), [])
    const change = set(policy, [...extAuth, 'timeout'], '1500ms')
    assert.deepEqual(said(findingsAfter(kubeflow, { given, change })), [])
  })

  it('leaves a policy alone that is of a route and asks Attaché', () => {
    const grpc = { backendRefs: [{ name: 'attache', namespace: 'attache', port: 9090 }] }
    const change = ofRoute({ extAuth: { grpc, failOpen: false, statusOnError: 503 } })
    assert.deepEqual(said(findingsAfter(kubeflow, { given, change })), [])
  })
})
