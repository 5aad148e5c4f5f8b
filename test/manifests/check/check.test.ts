import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customOf, kubectl, kubectlOverHttp, kubeflow, ownNames, secret } from './fault-cases.ts'
import { all, findingsAfter, replace, said } from './installed.ts'

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

  it('ignores policies and filters of other workloads', () => {
    const change = all(
      customOf('oauth2-proxy', { app: 'cluster-local-gateway' }),
      replace('AuthorizationPolicy istio-ingressgateway-oauth2-proxy', ['istio-system', 'team']),
    )
    assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
  })
})
