import type { ManifestArguments } from '../../../src/manifests/options.ts'
import {
  appender,
  beside,
  certificates,
  check,
  describeFaults,
  type FaultCase,
  filterPatch,
  forKubectl,
  kubectl,
  kubectlOverHttp,
  mesh,
  ownNames,
  preFilter,
  scriptOperation,
  secret,
} from './fault-cases.ts'
import { all, replace, set, without } from './installed.ts'

const http: ManifestArguments = { transport: 'http' }

const cases: readonly FaultCase[] = [
  {
    when: 'the pre-filter is missing',
    change: without(preFilter),
    what: /has no pre-filter/,
    effect: /whatever identity headers its client has written/,
  },
  {
    when: 'the pre-filter stands behind the check',
    change: set(preFilter, scriptOperation, 'INSERT_AFTER'),
    what: /puts the pre-filter behind the check, or where no request passes/,
    effect: /upstreams see nobody/,
  },
  {
    when: 'the pre-filter is for other requests',
    change: set(preFilter, ['spec', 'configPatches', 0, 'match', 'context'], 'SIDECAR_OUTBOUND'),
    what: /puts the pre-filter behind the check, or where no request passes/,
    effect: /upstreams see nobody/,
  },
  {
    when: 'the pre-filter is of another configuration',
    config: ownNames,
    change: replace(preFilter, ['[\\"x-who\\"] = true', '']),
    what: /does not know "x-who"/,
    effect: /own headers of that name/,
  },
  {
    when: 'the pre-filter is of another version',
    change: replace(preFilter, ['dropped[name] = true', 'dropped[name] = 1']),
    severity: 'warning',
    what: /another pre-filter than this version/,
    effect: /as that version knew it/,
  },
  {
    when: 'names with an underscore pass',
    change: replace(preFilter, ['REJECT_REQUEST', 'ALLOW']),
    severity: 'warning',
    what: /names with an underscore/,
    effect: /Kubeflow_Userid/,
  },
  {
    when: 'values are not validated',
    change: without(check),
    severity: 'warning',
    what: /sets validate_mutations/,
    effect: /line break/,
  },
  {
    when: 'the certificate is not shown',
    config: certificates,
    change: replace(check, ['"include_peer_certificate":true', '"x":1']),
    what: /include_peer_certificate/,
    effect: /nobody is known by one/,
  },
  {
    when: "the gateway's secret is not sent",
    config: secret,
    change: replace(check, ['x-attache-caller', 'x-caller']),
    what: /x-attache-caller to initial_metadata/,
    effect: /every request is denied/,
  },
  {
    when: "the gateway's secret is not sent over HTTP",
    config: secret,
    given: http,
    change: replace(mesh, ['x-attache-caller', 'x-caller']),
    what: /misses "x-attache-caller"/,
    effect: /every request is denied/,
  },
  {
    when: 'an EnvoyFilter lets requests pass on failure',
    change: filterPatch({ typed_config: { failure_mode_allow: true } }),
    what: /failure_mode_allow: true/,
    effect: /passes unchecked/,
  },
  {
    when: 'an EnvoyFilter only counts denials',
    change: filterPatch({ typed_config: { shadow_mode: true } }),
    what: /shadow_mode: true/,
    effect: /every request passes/,
  },
  {
    when: 'an EnvoyFilter disables the check for a route',
    change: filterPatch({
      typed_per_filter_config: { 'envoy.filters.http.ext_authz': { disabled: true } },
    }),
    what: /disables envoy\.filters\.http\.ext_authz for some routes/,
    effect: /pass unchecked/,
  },
  {
    when: 'an EnvoyFilter takes the check out',
    change: all(
      filterPatch({}),
      set('EnvoyFilter of-somebody', ['spec', 'configPatches', 0], {
        applyTo: 'HTTP_FILTER',
        match: {
          listener: {
            filterChain: { filter: { subFilter: { name: 'envoy.filters.http.ext_authz' } } },
          },
        },
        patch: { operation: 'REMOVE' },
      }),
    ),
    what: /takes envoy\.filters\.http\.ext_authz out/,
    effect: /pass unchecked/,
  },
  {
    when: 'an EnvoyFilter sends bodies along',
    change: filterPatch({ typed_config: { with_request_body: { max_request_bytes: 1 } } }),
    what: /with_request_body/,
    effect: /SPDY hangs/,
  },
  {
    when: 'the appender is missing',
    config: kubectl,
    change: without(appender),
    what: /has no appender/,
    effect: /without groups and without its credential/,
  },
  {
    when: 'the appender stands before jwt_authn',
    config: kubectl,
    change: all(
      set(appender, scriptOperation, 'INSERT_AFTER'),
      set(appender, beside, { name: 'envoy.filters.http.ext_authz' }),
    ),
    what: /before jwt_authn, and impersonate\.credential is append/,
    effect: /401 "Jwt issuer is not configured"/,
  },
  {
    when: 'the appender stands before the check',
    config: kubectl,
    change: set(appender, beside, { name: 'envoy.filters.http.ext_authz' }),
    what: /before the check/,
    effect: /finds nothing to add/,
  },
  {
    when: 'the appender stands behind the router',
    config: kubectl,
    change: set(appender, scriptOperation, 'INSERT_AFTER'),
    what: /where no request passes/,
    effect: /without groups/,
  },
  {
    when: 'the appender is a TrafficExtension before jwt_authn',
    config: kubectl,
    given: { appender: 'traffic-extension' },
    change: set(
      'TrafficExtension istio-ingressgateway-attache-appender',
      ['spec', 'phase'],
      'AUTHN',
    ),
    what: /before jwt_authn/,
    effect: /401/,
  },
  {
    when: 'the credential is attached before jwt_authn',
    config: { ...kubectl, impersonate: { ...kubectl.impersonate, credential: 'attach' } },
    change: (objects) => objects,
    what: /stands where Attaché attaches its own credential/,
    effect: /401/,
  },
  {
    when: 'SPDY is not allowed',
    config: kubectl,
    change: replace(forKubectl, ['SPDY/3.1', 'other']),
    severity: 'warning',
    what: /allows SPDY/,
    effect: /kubectl exec/,
  },
  {
    when: 'there is no room for many groups',
    config: kubectl,
    change: replace(forKubectl, ['"max_headers_count":1000', '"max_headers_count":100']),
    severity: 'warning',
    what: /maxHeaderLines \(600\)/,
    effect: /500 from Envoy/,
  },
  {
    when: 'a VirtualService of anybody may lead the credential away',
    config: {
      ...kubectl,
      routes: kubectl.routes.map((route) => ({ ...route, when: undefined })),
    },
    change: (objects) => objects,
    what: /routes\[0\], whose "when" does not ask for x-attache-route/,
    effect: /A pod of a tenant gets Attaché's credential/,
  },
  {
    when: 'nobody tells which VirtualService it is',
    config: kubectl,
    change: replace(forKubectl, ['"x-attache-route"', '"x-other"']),
    what: /tells x-attache-route/,
    effect: /denies every request for the API server/,
  },
  {
    when: 'groups are not appended over HTTP',
    config: kubectlOverHttp,
    given: http,
    change: replace(forKubectl, ['"exact":"impersonate-group"', '"exact":"x"']),
    what: /lists "impersonate-group" in allowed_upstream_headers_to_append/,
    effect: /never reach the API server/,
  },
  {
    when: 'groups are set over HTTP, which nothing appends',
    config: kubectlOverHttp,
    given: http,
    change: all(
      replace(forKubectl, ['"exact":"impersonate-group"', '"exact":"x"']),
      replace(mesh, ['- impersonate-uid', '- impersonate-group\\n    - impersonate-uid']),
    ),
    what: /headersToUpstreamOnAllow has "impersonate-group", which nothing appends/,
    effect: /the last one alone reaches the API server/,
    // And that nothing appends them.
    findings: 2,
  },
  {
    when: 'extras are not appended over HTTP',
    config: kubectlOverHttp,
    given: http,
    change: replace(forKubectl, ['"prefix":"impersonate-extra-"', '"exact":"x"']),
    what: /lists "impersonate-extra-"/,
    effect: /never reach the API server/,
  },
]

describeFaults('filters', cases)
