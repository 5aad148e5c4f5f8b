import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customOf, kubectl, kubectlOverHttp, kubeflow, ownNames, secret } from './fault-cases.ts'
import { add, all, findingsAfter, replace, said, set, without } from './installed.ts'

describe('attache manifests --check', () => {
  for (const transport of ['grpc', 'http'] as const) {
    it(`finds nothing wrong with what is printed over ${transport}`, () => {
      const places = ['mesh', 'ingress-gateway', 'cluster-local-gateway']
      assert.deepEqual(said(findingsAfter(kubeflow, { given: { transport, for: places } })), [])
      const config = transport === 'grpc' ? kubectl : kubectlOverHttp
      assert.deepEqual(said(findingsAfter(config, { given: { transport } })), [])
      assert.deepEqual(said(findingsAfter(secret, { given: { transport } })), [])
      assert.deepEqual(said(findingsAfter(ownNames, { given: { transport } })), [])
    })
  }

  it('looks at each gateway by itself', () => {
    const given = { for: ['mesh', 'ingress-gateway', 'cluster-local-gateway'] }
    const wrong = replace('RequestAuthentication cluster-local-gateway-attache', [
      '"issuer":"http://attache.attache.svc.cluster.local:8082"',
      '"issuer":"http://other"',
    ])
    const [finding, ...more] = findingsAfter(kubeflow, { given, change: wrong })
    assert.match(finding?.what ?? '', /has the issuer "http:\/\/other"/)
    assert.deepEqual(more, [])
    const bare = without('EnvoyFilter cluster-local-gateway-attache-pre-filter')
    const [missing] = findingsAfter(kubeflow, { given, change: bare })
    assert.equal(missing?.object?.name, 'cluster-local-gateway-attache')
  })

  it('asks for the appender where something is for kubectl, and everywhere where nothing is', () => {
    const given = { for: ['mesh', 'ingress-gateway', 'cluster-local-gateway'] }
    const name = 'EnvoyFilter cluster-local-gateway-attache'
    const one = all(without(`${name}-appender`), without(`${name}-impersonation`))
    assert.deepEqual(said(findingsAfter(kubectl, { given, change: one })), [])
    const first = 'EnvoyFilter istio-ingressgateway-attache'
    const none = all(one, without(`${first}-appender`), without(`${first}-impersonation`))
    const faults = findingsAfter(kubectl, { given, change: none }).filter(
      ({ severity }) => severity === 'fault',
    )
    assert.deepEqual(
      [...new Set(faults.map(({ object }) => object?.name))],
      ['istio-ingressgateway-attache', 'cluster-local-gateway-attache'],
    )
  })

  it('tells once what it finds at two gateways', () => {
    const given = { for: ['mesh', 'ingress-gateway', 'cluster-local-gateway'] }
    const change = add({
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { namespace: 'istio-system', name: 'everywhere' },
      spec: { configPatches: [{ patch: { value: { failure_mode_allow: true } } }] },
    })
    assert.equal(findingsAfter(kubeflow, { given, change }).length, 1)
  })

  it('knows a Gateway by targetRefs, and filters that select its pods', () => {
    const given = { for: ['mesh', 'kubernetes-gateway'] }
    assert.deepEqual(said(findingsAfter(kubeflow, { given })), [])
    const name = 'EnvoyFilter kubeflow-gateway-attache-pre-filter'
    const byLabels = (labels: object) =>
      all(
        set(name, ['spec', 'targetRefs'], undefined),
        set(name, ['spec', 'workloadSelector'], { labels }),
      )
    const own = byLabels({ 'gateway.networking.k8s.io/gateway-name': 'kubeflow-gateway' })
    assert.deepEqual(said(findingsAfter(kubeflow, { given, change: own })), [])
    const [missing] = findingsAfter(kubeflow, { given, change: byLabels({ app: 'other' }) })
    assert.match(missing?.what ?? '', /has no pre-filter/)
  })

  it('ignores policies and filters of other workloads', () => {
    const change = all(
      customOf('oauth2-proxy', { app: 'cluster-local-gateway' }),
      replace('AuthorizationPolicy istio-ingressgateway-oauth2-proxy', ['istio-system', 'team']),
    )
    assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
  })
})
