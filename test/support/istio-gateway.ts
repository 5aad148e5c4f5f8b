/**
 * A gateway of Istio: a plain Envoy that gets its listeners, clusters, endpoints and routes from istiod.
 * Istio's own image differs by filters for telemetry alone, which mesh-objects.ts takes out.
 */
import { type Envoy, startEnvoy } from './envoy.ts'
import { type Istiod, rootNamespace } from './istiod.ts'

/** A gateway that runs. */
export interface IstioGateway {
  readonly envoy: Envoy
  /** Undefined once it has all of that generation (mesh-objects.ts), else what is missing. Throws when it refuses some. */
  readonly missing: (generation: number) => Promise<string | undefined>
  /** Names of the HTTP filters of its listeners, in their order. */
  readonly httpFilters: () => Promise<readonly (readonly string[])[]>
}

export interface IstioGatewayOptions {
  /** Envoy's. */
  readonly binary: string
  readonly istiod: Pick<Istiod, 'xdsPort'>
  /** Of the pod. */
  readonly name: string
  /** Of the pod. Default: {@link rootNamespace}. */
  readonly namespace?: string
  /** Of the pod: Gateways, policies and EnvoyFilters select by them. */
  readonly labels: Readonly<Record<string, string>>
}

/** Starts it, without a listener until a Gateway selects it. */
export async function startIstioGateway(options: IstioGatewayOptions): Promise<IstioGateway> {
  const envoy = await startEnvoy({ binary: options.binary, config: bootstrap(options) })
  const dump = async (resource: string): Promise<readonly Dumped[]> => {
    const parse: (text: string) => { readonly configs?: readonly Dumped[] } = JSON.parse
    const text = await envoy.admin(`/config_dump?resource=${resource}`)
    // A sentence, while it has never had any of them.
    return text.startsWith('{') ? (parse(text).configs ?? []) : []
  }
  return {
    envoy,
    missing: async (generation) => {
      const listeners = await dump('dynamic_listeners')
      const routes = await dump('dynamic_route_configs')
      const clusters = await dump('dynamic_active_clusters')
      const refused = [...listeners, ...routes, ...clusters].find(({ error_state: e }) => e)
      if (refused?.error_state !== undefined) {
        throw new Error(`Cannot configure Envoy: ${refused.error_state.details}`)
      }
      if (listeners.length === 0) return 'a listener'
      if (routes.length === 0) return 'routes'
      const old = listeners.find((one) => generationOf(one.active_state?.listener) !== generation)
      if (old !== undefined) return `generation ${generation} of listener ${old.name}`
      if (routes.some(({ route_config: config }) => generationOf(config) !== generation)) {
        return `generation ${generation} of routes`
      }
      const warming = await dump('dynamic_warming_clusters')
      return warming.length === 0 ? undefined : 'endpoints of clusters'
    },
    httpFilters: async () => {
      const listeners = await dump('dynamic_listeners')
      return listeners.flatMap(({ active_state: active }) =>
        (active?.listener?.filter_chains ?? []).flatMap(({ filters = [] }) =>
          filters.map(({ typed_config: config }) =>
            (config?.http_filters ?? []).map(({ name }) => name),
          ),
        ),
      )
    },
  }
}

/** As much of an element of `/config_dump` as is read here. */
interface Dumped {
  readonly name?: string
  readonly error_state?: { readonly details: string }
  readonly active_state?: { readonly listener?: DumpedListener }
  readonly route_config?: WithMetadata
}

interface DumpedListener extends WithMetadata {
  readonly filter_chains?: readonly {
    readonly filters?: readonly {
      readonly typed_config?: { readonly http_filters?: readonly { readonly name: string }[] }
    }[]
  }[]
}

interface WithMetadata {
  readonly metadata?: {
    readonly filter_metadata?: Readonly<Record<string, { readonly generation?: number }>>
  }
}

/** Where an Envoy finds the {@link IstioGateway.missing | generation} of its configuration. */
export const generationKey = 'attache.test'

function generationOf(config: WithMetadata | undefined): number | undefined {
  return config?.metadata?.filter_metadata?.[generationKey]?.generation
}

/** As Istio's own bootstrap has it, as far as it decides about requests and their configuration. */
const runtime = {
  're2.max_program_size.error_level': 32_768,
  // A path may have a fragment, which is cut off.
  'envoy.reloadable_features.http_reject_path_with_fragment': false,
}

function bootstrap(options: IstioGatewayOptions): object {
  const { name, namespace = rootNamespace, labels, istiod } = options
  const ads = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' }
  const address = { socket_address: { address: '127.0.0.1', port_value: istiod.xdsPort } }
  return {
    node: {
      id: `router~127.0.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${name}.${namespace}`,
      metadata: {
        LABELS: labels,
        NAMESPACE: namespace,
        CLUSTER_ID: 'Kubernetes',
        ISTIO_VERSION: '1.31.0',
      },
    },
    layered_runtime: { layers: [{ name: 'istio', static_layer: runtime }] },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
      },
      cds_config: ads,
      lds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: 'xds',
          connect_timeout: '5s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
          },
        },
      ],
    },
  }
}
