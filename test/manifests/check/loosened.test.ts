import {
  appender,
  check,
  describeFaults,
  type FaultCase,
  filterPatch,
  kubectl,
  ownNames,
  preFilter,
} from './fault-cases.ts'
import { all, replace, set, without } from './installed.ts'

const ofSomebody = 'EnvoyFilter of-somebody'
const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** An EnvoyFilter of somebody else that merges settings into the filter that asks Attaché. */
const mergeCheck = (settings: object) =>
  all(
    filterPatch({ name: 'envoy.filters.http.ext_authz', typed_config: settings }),
    set(ofSomebody, ['spec', 'configPatches', 0, 'match'], {
      context: 'GATEWAY',
      listener: {
        filterChain: {
          filter: {
            name: 'envoy.filters.network.http_connection_manager',
            subFilter: { name: 'envoy.filters.http.ext_authz' },
          },
        },
      },
    }),
  )
/** The same into the connection manager. */
const mergeManager = (settings: object) =>
  all(
    filterPatch({
      name: 'envoy.filters.network.http_connection_manager',
      typed_config: { '@type': managerType, ...settings },
    }),
    set(ofSomebody, ['spec', 'configPatches', 0, 'applyTo'], 'NETWORK_FILTER'),
  )
const operation = (name: string) =>
  set(ofSomebody, ['spec', 'configPatches', 0, 'patch', 'operation'], name)
const rules = (settings: object) => mergeCheck({ decoder_header_mutation_rules: settings })

const cases: readonly FaultCase[] = [
  {
    when: 'a later EnvoyFilter wants no validation, which istiod does not merge',
    change: mergeCheck({ validate_mutations: false }),
    severity: 'warning',
    what: /^sets validate_mutations: false/,
    effect: /^nothing, as istiod merges no value that is the default; .* line break/,
  },
  {
    when: 'the own EnvoyFilter wants no validation, as YAML and JSON may spell it',
    change: replace(check, ['"validate_mutations":true', '"validateMutations":false']),
    severity: 'warning',
    what: /^sets validate_mutations: false/,
    effect: /^a value with a line break/,
  },
  {
    when: 'there are no rules for what an answer may change',
    change: replace(check, ['"decoder_header_mutation_rules"', '"x"']),
    severity: 'warning',
    what: /has no EnvoyFilter beside it that sets decoder_header_mutation_rules/,
    effect: /may change any header/,
  },
  ...[
    [{ disallow_all: false }, /disallow_all: false/],
    [{ disallowAll: false }, /disallow_all: false/],
    [{ disallow_is_error: false }, /disallow_is_error: false/],
    [{ allow_all_routing: true }, /allow_all_routing: true/],
    [{ allowAllRouting: true, allowEnvoy: true }, /allow_all_routing: true, allow_envoy: true/],
    [{ allow_envoy: true }, /allow_envoy: true/],
  ].map(
    ([settings, what]): FaultCase => ({
      when: `a later EnvoyFilter sets ${JSON.stringify(settings)}`,
      change: rules(settings as object),
      severity: 'warning',
      what: what as RegExp,
      effect: /^nothing, as long as another .* no longer limited to identity headers/,
    }),
  ),
  ...[
    ['"disallow_all":true', '"disallowAll":false'],
    ['"disallow_all":true', '"disallow_all":false,"allow_all_routing":true'],
  ].map(
    ([from = '', to = '']): FaultCase => ({
      when: `the own EnvoyFilter has ${to}`,
      change: replace(check, [from, to]),
      what: /decoder_header_mutation_rules with disallow_all: false/,
      effect: /^what an answer may change is no longer limited/,
    }),
  ),
  {
    when: 'the rules allow any name',
    change: rules({ allow_expression: { regex: '.*' } }),
    what: /let an answer change ":path", ":authority"/,
    effect: /lead a request elsewhere/,
  },
  {
    when: 'the rules allow one name more',
    change: rules({
      allowExpression: {
        regex: '(impersonate|kubeflow|x-).*|authorization|cookie|sec-websocket-protocol',
      },
    }),
    what: /let an answer change "x-other"/,
    effect: /lead a request elsewhere/,
  },
  {
    when: 'the rules allow what is no regular expression of RE2',
    change: rules({ allow_expression: { regex: '(?=host).*' } }),
    severity: 'warning',
    what: /nobody here can read/,
    effect: /which headers an answer may change/,
  },
  {
    when: 'the rules refuse what Attaché changes',
    change: rules({ disallow_expression: { regex: 'authorization|kubeflow-userid' } }),
    what: /do not let an answer change "kubeflow-userid", "authorization"/,
    effect: /500/,
  },
  {
    when: 'the rules are of another configuration',
    config: ownNames,
    change: replace(check, ['|x[-_]who', '']),
    what: /do not let an answer change "x-who"/,
    effect: /500/,
  },
  {
    when: 'a later EnvoyFilter lets names with an underscore pass, which istiod does not merge',
    change: mergeManager({
      common_http_protocol_options: { headers_with_underscores_action: 'ALLOW' },
    }),
    severity: 'warning',
    what: /headers_with_underscores_action: ALLOW/,
    effect: /^nothing, as istiod merges no value/,
  },
  {
    when: 'the own one lets them pass, by the number of the value and in other letters',
    change: replace(preFilter, [
      '"headers_with_underscores_action":"REJECT_REQUEST"',
      '"headersWithUnderscoresAction":0',
    ]),
    severity: 'warning',
    what: /headers_with_underscores_action: 0/,
    effect: /^on a request that is not checked/,
  },
  {
    when: 'nobody says what becomes of them',
    change: replace(preFilter, ['headers_with_underscores_action', 'x']),
    severity: 'warning',
    what: /refuses names with an underscore/,
    effect: /Kubeflow_Userid/,
  },
  {
    when: 'an EnvoyFilter leaves paths as clients write them, in other letters',
    change: mergeManager({ normalizePath: false }),
    severity: 'warning',
    what: /normalize_path: false/,
    effect: /another path than was judged/,
  },
  {
    when: 'an EnvoyFilter takes the connection manager out',
    change: all(mergeManager({}), operation('REPLACE')),
    what: /takes each HTTP filter out/,
    effect: /pass unchecked/,
  },
  {
    when: 'an EnvoyFilter adds a listener that asks nobody',
    change: all(
      mergeManager({}),
      operation('ADD'),
      set(ofSomebody, ['spec', 'configPatches', 0, 'applyTo'], 'LISTENER'),
    ),
    what: /adds an HTTP connection manager without envoy\.filters\.http\.ext_authz/,
    effect: /pass unchecked/,
  },
  {
    when: 'an EnvoyFilter hides headers from the check',
    change: mergeCheck({ disallowedHeaders: { patterns: [{ prefix: 'impersonate' }] } }),
    what: /sets disallowed_headers/,
    effect: /never sees those headers/,
  },
  {
    when: 'an EnvoyFilter changes the pre-filter for some routes',
    change: filterPatch({
      typed_per_filter_config: { 'attache-pre-filter': { source_code: { inline_string: '' } } },
    }),
    what: /changes attache-pre-filter for some routes/,
    effect: /with what their clients say of themselves/,
  },
  ...[
    { name: 'attache-pre-filter', disabled: true },
    { name: 'attache-pre-filter', typed_config: { defaultSourceCode: { inlineString: '' } } },
  ].map(
    (value): FaultCase => ({
      when: `an EnvoyFilter merges ${JSON.stringify(value)} into the pre-filter`,
      change: all(
        mergeCheck({}),
        set(ofSomebody, ['spec', 'configPatches', 0, 'patch', 'value'], value),
        replace(ofSomebody, ['"envoy.filters.http.ext_authz"', '"attache-pre-filter"']),
      ),
      what: /changes the filter attache-pre-filter/,
      effect: /what their clients say of themselves/,
    }),
  ),
  {
    when: 'an EnvoyFilter says by itself which VirtualService it is',
    config: kubectl,
    change: filterPatch({
      request_headers_to_add: [{ header: { key: 'X-Attache-Route', value: 'kubernetes' } }],
    }),
    what: /sets x-attache-route to "kubernetes"/,
    effect: /Attaché's credential for the API server/,
  },
  {
    when: 'the appender lets the route be chosen anew',
    config: kubectl,
    change: replace(appender, [',"clear_route_cache":false', '']),
    what: /has an appender without clear_route_cache: false/,
    effect: /a VirtualService of a tenant that matches them gets Attaché's credential/,
  },
  {
    when: 'the appender is told to have the route chosen anew',
    config: kubectl,
    change: replace(appender, ['"clear_route_cache":false', '"clearRouteCache":true']),
    what: /sets clear_route_cache: true/,
    effect: /another one than was judged/,
  },
  {
    when: 'the appender is a TrafficExtension, and nothing keeps its route',
    config: kubectl,
    given: { appender: 'traffic-extension' },
    change: replace('EnvoyFilter istio-ingressgateway-attache-impersonation', [
      '"clear_route_cache":false',
      '"x":1',
    ]),
    what: /has an appender without clear_route_cache: false/,
    effect: /chooses the route anew/,
  },
  {
    when: 'the appender is of another version',
    config: kubectl,
    change: replace(appender, ['attache appender failed', 'attache appender failed!']),
    severity: 'warning',
    what: /another appender than this version/,
    effect: /as of that version|that version/,
  },
  {
    when: 'neither values nor names of what an answer changes are looked at',
    change: without(check),
    severity: 'warning',
    what: /validate_mutations and decoder_header_mutation_rules/,
    effect: /line break.*; an answer may change any header/,
  },
]

describeFaults('what is loosened', cases)
