import type { Config } from '../config/types.ts'
import {
  checkFilter,
  checkType,
  headerMutationFilter,
  luaFilter,
  luaSettings,
  managerFilter,
  managerType,
  routerFilter,
} from './envoy-types.ts'
import { configuredNames, frontProxyNames, routeHeader } from './header-lists.ts'
import { appenderSource, preFilterSource } from './lua.ts'
import type { Manifest, ObjectName } from './manifest.ts'
import type { CheckTransport } from './options.ts'
import { named, type Standing } from './place.ts'
import { callerValue } from './provider.ts'

/** One of an EnvoyFilter's `configPatches`. */
export type ConfigPatch = object

/** An EnvoyFilter of ours at one place. */
export function envoyFilter(
  standing: Standing,
  {
    purpose,
    why,
    patches,
  }: { readonly purpose: string; readonly why: string; readonly patches: readonly ConfigPatch[] },
): Manifest {
  return {
    why,
    object: {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: named(standing, purpose),
      spec: { ...standing.filterAttachment, configPatches: patches },
    },
  }
}

/** What a client may not say, taken away before anybody asks and whatever is asked. */
export function preFilter(config: Config, standing: Standing): Manifest {
  return envoyFilter(standing, {
    purpose: 'pre-filter',
    why: "Takes a client's identity headers away before anything else, whether the request is checked then or not, and before the router the names that Attaché alone may read. Trailers no check ever sees, and names with an underscore some upstreams read as the ones with a dash.",
    patches: [
      insertFirst(standing, luaFilter('attache-pre-filter', { source: preFilterSource(config) })),
      insertFirst(standing, noTrailers),
      insertBeforeRouter(standing, noOwnNames),
      mergeManager(standing, {
        common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
      }),
    ],
  })
}

const noTrailers = headerMutationFilter('attache-no-request-trailers', {
  request_trailers_mutations: [
    { remove_on_match: { key_matcher: { safe_regex: { regex: '.*' } } } },
  ],
})

const noOwnNames = headerMutationFilter('attache-no-own-names', {
  request_mutations: [
    { remove_on_match: { key_matcher: { prefix: 'x-attache-', ignore_case: true } } },
  ],
})

/** What Istio's provider cannot say of the check. */
export function checkSettings(
  config: Config,
  { standing, transport }: { readonly standing: Standing; readonly transport: CheckTransport },
): Manifest {
  const grpc = transport === 'grpc'
  const wantsCertificate = grpc && seesCertificates(config)
  const wantsSecret = grpc && config.listen.callerSecret !== undefined
  const why = [
    'What the provider cannot say: Attaché may change nothing but identity headers and credentials, and no value with a line break.',
    ...(grpc ? ['It sees each header line apart and byte for byte.'] : []),
    ...(wantsCertificate ? ['It sees the certificate that the client has shown.'] : []),
    ...(wantsSecret
      ? ["The gateway proves itself by the secret of its pods' variable ATTACHE_CALLER."]
      : []),
  ]
  const metadata = [{ key: 'x-attache-caller', value: callerValue }]
  return envoyFilter(standing, {
    purpose: 'check',
    why: why.join(' '),
    patches: [
      mergeCheck(standing, {
        ...(grpc ? { encode_raw_headers: true } : {}),
        validate_mutations: true,
        decoder_header_mutation_rules: {
          disallow_all: true,
          disallow_is_error: true,
          allow_expression: { regex: changeableNames(config) },
        },
        ...(wantsCertificate ? { include_peer_certificate: true } : {}),
        ...(wantsSecret ? { grpc_service: { initial_metadata: metadata } } : {}),
      }),
    ],
  })
}

/** Whether a check must say whose certificate the client has shown. */
export function seesCertificates({ clientCertificates, frontProxy }: Config): boolean {
  return [clientCertificates, frontProxy].some((part) => part?.source === 'checkRequest')
}

/** Why the appender stands where it does, as an EnvoyFilter and as a TrafficExtension. */
export const appenderWhy =
  'Over gRPC Envoy cannot add a header line for each group, so Attaché names them in metadata and this adds them. It stands behind jwt_authn, which would refuse the credential for the API server that may be among them.'

/** istio/appender.lua, just before the router. */
export function appender(standing: Standing): Manifest {
  // What it adds must not lead the request elsewhere than where it was checked for.
  const filter = luaFilter('attache-appender', {
    source: appenderSource(),
    clear_route_cache: false,
  })
  return envoyFilter(standing, {
    purpose: 'appender',
    why: appenderWhy,
    patches: [insertBeforeRouter(standing, filter)],
  })
}

/** The same of an appender that is a TrafficExtension, which cannot say it itself. */
export function keepRoute(standing: Standing): ConfigPatch {
  const filter = extensionFilter(named(standing, 'appender'))
  return httpFilterPatch(standing, {
    beside: filter,
    operation: 'MERGE',
    value: luaSettings(filter, { clear_route_cache: false }),
  })
}

/** As istiod calls the filter that it makes of a TrafficExtension. */
export function extensionFilter({ namespace, name }: ObjectName): string {
  return `extensions.istio.io/trafficextension/${namespace}.${name}`
}

/** Where istiod says of which object it has made a route. */
export const routeFormat = '%METADATA(ROUTE:istio:config)%'

/** Tells the check which VirtualService the request goes by; no client can, as it is always overwritten. */
export function tellRoute(standing: Standing): ConfigPatch {
  const value = headerMutationFilter('attache-route', {
    request_mutations: [
      {
        append: {
          header: { key: routeHeader, value: routeFormat },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      },
    ],
  })
  return httpFilterPatch(standing, { beside: checkFilter, operation: 'INSERT_BEFORE', value })
}

/** What Attaché may set and remove, as a regular expression of RE2 over whole names. */
export function changeableNames(config: Config): string {
  const fixed = ['impersonate', 'kubeflow', 'x[-_]remote', 'x[-_]attache', 'x[-_]envoy[-_]auth']
  const usual = 'x[-_]forwarded[-_](user|groups|email)'
  const credentials = ['authorization', 'cookie', 'sec-websocket-protocol']
  const own = [...configuredNames(config), ...frontProxyNames(config)].filter(
    (name) => !/^(?:kubeflow-|x-remote-|x-forwarded-(?:user|groups|email)$)/.test(name),
  )
  return [`(${fixed.join('|')})[-_].*`, usual, ...credentials, ...own.map(nameRegex)].join('|')
}

function nameRegex(name: string): string {
  const open = name.endsWith('*')
  const text = open ? name.slice(0, -1) : name
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('-', '[-_]')
  return open ? `${escaped}.*` : escaped
}

/** A patch of every HTTP connection manager at the place. */
export function mergeManager({ match }: Standing, settings: object): ConfigPatch {
  return {
    applyTo: 'NETWORK_FILTER',
    match: { ...match, listener: { ...match.listener, filterChain: inManager(undefined) } },
    patch: {
      operation: 'MERGE',
      value: { name: managerFilter, typed_config: { '@type': managerType, ...settings } },
    },
  }
}

/** A patch of the filter that asks Attaché. */
export function mergeCheck(standing: Standing, settings: object): ConfigPatch {
  return httpFilterPatch(standing, {
    beside: checkFilter,
    operation: 'MERGE',
    value: { name: checkFilter, typed_config: { '@type': checkType, ...settings } },
  })
}

function insertFirst(standing: Standing, value: object): ConfigPatch {
  return httpFilterPatch(standing, { beside: undefined, operation: 'INSERT_FIRST', value })
}

function insertBeforeRouter(standing: Standing, value: object): ConfigPatch {
  return httpFilterPatch(standing, { beside: routerFilter, operation: 'INSERT_BEFORE', value })
}

function httpFilterPatch(
  { match }: Standing,
  {
    beside,
    operation,
    value,
  }: { readonly beside: string | undefined; readonly operation: string; readonly value: object },
): ConfigPatch {
  return {
    applyTo: 'HTTP_FILTER',
    match: { ...match, listener: { ...match.listener, filterChain: inManager(beside) } },
    patch: { operation, value },
  }
}

function inManager(httpFilter: string | undefined): object {
  const subFilter = httpFilter === undefined ? {} : { subFilter: { name: httpFilter } }
  return { filter: { name: managerFilter, ...subFilter } }
}
