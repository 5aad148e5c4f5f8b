import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../../src/config/types.ts'
import type { ManifestArguments } from '../../../src/manifests/options.ts'
import { impersonatingConfig, kubeflowConfig } from '../../support/istio-folders.ts'
import { add, type Change, findingsAfter, said } from './installed.ts'

/** A change of a good installation, and what is said of it. */
export interface FaultCase {
  readonly when: string
  /** Default: that of the kubeflow component. */
  readonly config?: Config
  readonly given?: ManifestArguments
  readonly change: Change
  /** Default: a fault. */
  readonly severity?: 'warning'
  readonly what: RegExp
  readonly effect: RegExp
  /** Default 1: one change, one finding. */
  readonly findings?: number
}

/** Names of the objects that are printed, and of those around them. */
export const policy = 'AuthorizationPolicy istio-ingressgateway-attache'
export const tokens = 'RequestAuthentication istio-ingressgateway-attache'
export const preFilter = 'EnvoyFilter istio-ingressgateway-attache-pre-filter'
export const check = 'EnvoyFilter istio-ingressgateway-attache-check'
export const appender = 'EnvoyFilter istio-ingressgateway-attache-appender'
export const forKubectl = 'EnvoyFilter istio-ingressgateway-attache-impersonation'
export const mesh = 'ConfigMap istio-attache'
export const istiod = 'Deployment istiod'
export const networkPolicy = 'NetworkPolicy attache'

/** Of the kubeflow component, and with what else it could have. */
export const kubeflow = kubeflowConfig()
export const kubectl = impersonatingConfig('grpc')
export const kubectlOverHttp = impersonatingConfig('http')
export const secret: Config = {
  ...kubeflow,
  listen: { ...kubeflow.listen, callerSecret: 'a-secret-of-the-gateway', trustNetwork: false },
}
export const certificates: Config = {
  ...kubeflow,
  clientCertificates: { source: 'checkRequest', clientCA: '', crl: undefined },
}
export const ownNames: Config = {
  ...kubeflow,
  kubeflow: { ...kubeflow.kubeflow, userHeader: 'x-who' },
}
export const tokensSentOn: Config = {
  ...kubeflow,
  routes: kubeflow.routes.map((route) => ({ ...route, authorization: 'token' })),
}

/** A CUSTOM policy as Kubeflow has it today, of pods with these labels. */
export const customOf = (provider: string, labels: object) =>
  add({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { namespace: 'istio-system', name: 'istio-ingressgateway-oauth2-proxy' },
    spec: {
      selector: { matchLabels: labels },
      action: 'CUSTOM',
      provider: { name: provider },
      rules: [{ when: [{ key: 'request.headers[authorization]', notValues: ['*'] }] }],
    },
  })
/** A RequestAuthentication of Dex at the gateway, with more in its rule. */
export const listedIssuer = (rule: object) =>
  add({
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { namespace: 'istio-system', name: 'dex-jwt' },
    spec: {
      selector: { matchLabels: { app: 'istio-ingressgateway' } },
      jwtRules: [{ issuer: 'http://dex.auth.svc.cluster.local:5556/dex', ...rule }],
    },
  })
/** An EnvoyFilter of somebody else that merges something. */
export const filterPatch = (value: object) =>
  add({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { namespace: 'istio-system', name: 'of-somebody' },
    spec: { configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'MERGE', value } }] },
  })
/** Where a script's EnvoyFilter says how it is inserted, and beside what. */
export const scriptOperation = ['spec', 'configPatches', 0, 'patch', 'operation'] as const
export const beside = [
  'spec',
  'configPatches',
  0,
  'match',
  'listener',
  'filterChain',
  'filter',
  'subFilter',
]

/** One test for each case, and one that a case is told of as often as it says. */
export function describeFaults(what: string, cases: readonly FaultCase[]): void {
  describe(`attache manifests --check: ${what}`, () => {
    for (const one of cases) {
      it(`says what it causes when ${one.when}`, () => {
        const { config = kubeflow, given = {}, change } = one
        const findings = findingsAfter(config, { given, change })
        const found = findings.find((finding) => one.what.test(finding.what))
        assert.ok(found, said(findings).join('\n'))
        assert.equal(found.severity, one.severity ?? 'fault')
        assert.match(found.effect, one.effect)
        assert.notEqual(found.fix, '')
        assert.equal(findings.length, one.findings ?? 1, said(findings).join('\n'))
      })
    }
  })
}
