import type { Config } from '../config/types.ts'
import {
  appender,
  appenderWhy,
  type ConfigPatch,
  envoyFilter,
  keepRoute,
  mergeCheck,
  mergeManager,
  tellRoute,
} from './envoy-filters.ts'
import { http1Options } from './envoy-types.ts'
import { appenderSource } from './lua.ts'
import type { Manifest } from './manifest.ts'
import type { ManifestOptions } from './options.ts'
import { named, type Standing } from './place.ts'
import { portOf, serviceHost } from './provider.ts'

/** Room for what a client sends itself beside the identity: lines, and kilobytes. */
const clientLines = 400
const clientKilobytes = 80

/** What routes with `identity: impersonate` need in addition; nothing where there is none. */
export function impersonation(config: Config, { standing, options }: Given): readonly Manifest[] {
  if (!config.routes.some(({ identity }) => identity === 'impersonate')) return []
  const streams = kubectlStreams(config, { standing, options })
  if (options.transport === 'http') return [streams]
  const isExtension = options.appender === 'traffic-extension'
  return [streams, isExtension ? appenderExtension(standing) : appender(standing)]
}

/** The appender as Istio's own kind, in the place of the EnvoyFilter. */
function appenderExtension(standing: Standing): Manifest {
  return {
    why: `${appenderWhy} The same as an EnvoyFilter, for an Istio that knows this kind. The pre-filter cannot be one: its earliest phase comes after the check.`,
    object: {
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'TrafficExtension',
      metadata: named(standing, 'appender'),
      spec: {
        ...standing.attachment,
        // The last one. STATS and AUTHZ come after jwt_authn too, AUTHN does not.
        phase: 'UNSPECIFIED',
        lua: { inlineCode: appenderSource() },
      },
    },
  }
}

interface Given {
  readonly standing: Standing
  readonly options: ManifestOptions
}

function kubectlStreams(config: Config, { standing, options }: Given): Manifest {
  const { maxHeaderLines, maxHeaderBytes } = config.impersonate
  const limits = {
    count: { max_headers_count: maxHeaderLines + clientLines },
    kilobytes: Math.ceil(maxHeaderBytes / 1024) + clientKilobytes,
  }
  const manager = mergeManager(standing, {
    upgrade_configs: [{ upgrade_type: 'SPDY/3.1' }],
    stream_idle_timeout: '0s',
    common_http_protocol_options: limits.count,
    max_request_headers_kb: limits.kilobytes,
  })
  const isHttp = options.transport === 'http'
  const isExtension = options.appender === 'traffic-extension'
  const over = isHttp ? overHttp(config, { standing, options, limits }) : []
  return envoyFilter(standing, {
    purpose: 'impersonation',
    why: `Tells Attaché which VirtualService a request goes by, as a host alone may lead to a pod of a tenant. kubectl exec and its like over SPDY, watches that are silent for long, and room for the ${maxHeaderLines} lines and ${maxHeaderBytes} bytes that an identity may have (impersonate.maxHeaderLines, maxHeaderBytes): Envoy would answer 500 or 403.${isHttp ? " Each group and extra is a line of its own, which Istio's lists cannot say." : ''}`,
    patches: [
      tellRoute(standing),
      ...(isExtension && !isHttp ? [keepRoute(standing)] : []),
      manager,
      ...over,
    ],
  })
}

interface Limits {
  readonly count: { readonly max_headers_count: number }
  readonly kilobytes: number
}

/** Lines that are added and not set, and room for them in the answer to a check. */
function overHttp(
  { listen }: Config,
  { standing, options, limits }: Given & { readonly limits: Limits },
): readonly ConfigPatch[] {
  const patterns = [
    { exact: 'impersonate-group', ignore_case: true },
    { prefix: 'impersonate-extra-', ignore_case: true },
  ]
  const response = { allowed_upstream_headers_to_append: { patterns } }
  const cluster = { service: serviceHost(options.service), portNumber: portOf(listen, 'http') }
  const room = http1Options({ ...limits.count, max_response_headers_kb: limits.kilobytes })
  return [
    mergeCheck(standing, { http_service: { authorization_response: response } }),
    {
      applyTo: 'CLUSTER',
      match: {
        context: standing.match.context === 'GATEWAY' ? 'GATEWAY' : 'SIDECAR_OUTBOUND',
        cluster,
      },
      patch: { operation: 'MERGE', value: { typed_extension_protocol_options: room } },
    },
  ]
}
