import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeFaults, type FaultCase, kubeflow } from './fault-cases.ts'
import { add, all, findingsAfter, said, set } from './installed.ts'

const extensions = 'type.googleapis.com/envoy.extensions.filters.http'
const lua = (source: string) => ({
  '@type': `${extensions}.lua.v3.Lua`,
  default_source_code: { inline_string: source },
})
const writes = 'function envoy_on_request(h) h:headers():replace("kubeflow-userid", "x") end'
const reads = 'function envoy_on_request(h) h:logInfo(h:headers():get("kubeflow-userid")) end'

/** An EnvoyFilter of somebody else that inserts a filter at Kubeflow's gateway. */
const inserted = (
  config: object,
  { operation = 'INSERT_BEFORE', beside = 'envoy.filters.http.router' } = {},
) =>
  add({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { namespace: 'istio-system', name: 'of-somebody' },
    spec: {
      workloadSelector: { labels: { app: 'istio-ingressgateway' } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'GATEWAY',
            listener: { filterChain: { filter: { subFilter: { name: beside } } } },
          },
          patch: { operation, value: { name: 'of-somebody', typed_config: config } },
        },
      ],
    },
  })

/** An object of Istio's own kinds there. */
const extension = (kind: string, spec: object) =>
  add({
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind,
    metadata: { namespace: 'istio-system', name: 'of-somebody' },
    spec: { selector: { matchLabels: { app: 'istio-ingressgateway' } }, ...spec },
  })

const routePatch = (value: object) =>
  add({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { namespace: 'istio-system', name: 'of-somebody' },
    spec: { configPatches: [{ applyTo: 'VIRTUAL_HOST', patch: { operation: 'MERGE', value } }] },
  })

const behind = (
  when: string,
  { change, program }: { readonly change: FaultCase['change']; readonly program: string },
): FaultCase => ({
  when,
  change,
  severity: 'warning',
  what: new RegExp(`runs "of-somebody" \\(${program}\\) behind the check`),
  effect: /as if Attaché had said it/,
})
const typed = (name: string) => ({ '@type': `${extensions}.${name}` })

const cases: readonly FaultCase[] = [
  behind('a script runs before the router', { change: inserted(lua(writes)), program: 'Lua' }),
  behind('a script runs just behind the check', {
    change: inserted(lua(writes), {
      operation: 'INSERT_AFTER',
      beside: 'envoy.filters.http.ext_authz',
    }),
    program: 'Lua',
  }),
  behind('a script takes the place of a filter of Istio', {
    change: inserted(lua(writes), { operation: 'REPLACE', beside: 'envoy.filters.http.cors' }),
    program: 'Lua',
  }),
  behind('a script is in other letters', {
    change: inserted({
      '@type': `${extensions}.lua.v3.Lua`,
      defaultSourceCode: { inlineString: writes },
    }),
    program: 'Lua',
  }),
  behind('a script is in a file', {
    change: inserted({
      '@type': `${extensions}.lua.v3.Lua`,
      default_source_code: { filename: '/etc/filter.lua' },
    }),
    program: 'Lua',
  }),
  behind('a script is wrapped', {
    change: inserted({
      '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
      type_url: `${extensions}.lua.v3.Lua`,
      value: { default_source_code: { inline_string: writes } },
    }),
    program: 'Lua',
  }),
  behind('a module comes by a service of its own', {
    change: all(
      inserted({}),
      set('EnvoyFilter of-somebody', ['spec', 'configPatches', 0, 'patch', 'value'], {
        name: 'of-somebody',
        configDiscovery: { typeUrls: [`${extensions}.wasm.v3.Wasm`] },
      }),
    ),
    program: 'Wasm',
  }),
  behind('a module runs', { change: inserted(typed('wasm.v3.Wasm')), program: 'Wasm' }),
  behind('somebody is asked', {
    change: inserted(typed('ext_proc.v3.ExternalProcessor')),
    program: 'ext_proc',
  }),
  behind('a second authorizer is asked', {
    change: inserted(typed('ext_authz.v3.ExtAuthz')),
    program: 'ext_authz',
  }),
  behind('a TrafficExtension has a script', {
    change: extension('TrafficExtension', { lua: { inlineCode: writes }, phase: 'AUTHN' }),
    program: 'Lua',
  }),
  behind('a TrafficExtension has a module', {
    change: extension('TrafficExtension', { wasm: { url: 'oci://registry.example.com/x' } }),
    program: 'Wasm',
  }),
  behind('a WasmPlugin is there', {
    change: extension('WasmPlugin', { url: 'oci://registry.example.com/x', phase: 'AUTHZ' }),
    program: 'Wasm',
  }),
  ...[
    { request_mutations: [{ append: { header: { key: 'Kubeflow-Userid', value: 'x' } } }] },
    { requestMutations: [{ remove: 'kubeflow_userid' }] },
  ].map(
    (mutations): FaultCase => ({
      when: `a filter has ${JSON.stringify(mutations)}`,
      change: inserted({ ...typed('header_mutation.v3.HeaderMutation'), mutations }),
      severity: 'warning',
      what: /writes or removes "kubeflow[-_]userid" behind the check/i,
      effect: /not in what Attaché has said/,
    }),
  ),
  ...[
    { request_headers_to_add: [{ header: { key: 'kubeflow-userid', value: 'x' } }] },
    { routes: [{ requestHeadersToRemove: ['impersonate-user'] }] },
  ].map(
    (value): FaultCase => ({
      when: `a route has ${JSON.stringify(value)}`,
      change: routePatch(value),
      severity: 'warning',
      what: /writes or removes "(?:kubeflow-userid|impersonate-user)" behind the check/,
      effect: /not in what Attaché has said/,
    }),
  ),
]

describeFaults('filters of others behind the check', cases)

describe('attache manifests --check: filters of others that do no harm', () => {
  const harmless = {
    'a script before the check': inserted(lua(writes), { operation: 'INSERT_FIRST' }),
    'a script beside the pre-filter': inserted(lua(writes), {
      operation: 'INSERT_AFTER',
      beside: 'attache-pre-filter',
    }),
    'a script behind the router': inserted(lua(writes), { operation: 'INSERT_AFTER' }),
    'a script that writes nothing': inserted(lua(reads)),
    'a TrafficExtension whose script writes nothing': extension('TrafficExtension', {
      lua: { inlineCode: reads },
    }),
    'limits of rates': inserted({
      ...typed('local_ratelimit.v3.LocalRateLimit'),
      rate_limits: [{ actions: [{ request_headers: { header_name: 'kubeflow-userid' } }] }],
    }),
    'headers of answers': routePatch({
      response_headers_to_add: [{ header: { key: 'kubeflow-userid', value: 'x' } }],
    }),
    'headers of other names': routePatch({
      request_headers_to_add: [{ header: { key: 'x-forwarded-prefix', value: '/x' } }],
    }),
  }
  for (const [what, change] of Object.entries(harmless)) {
    it(`says nothing of ${what}`, () => {
      assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
    })
  }

  it('says nothing of a module at another gateway', () => {
    const change = add({
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { namespace: 'team', name: 'of-somebody' },
      spec: { url: 'oci://registry.example.com/x' },
    })
    assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
  })
})
