import { readFile } from 'node:fs/promises'

/** What tests read and change of an Envoy configuration; the rest stays as it is. */
export interface Bootstrap {
  readonly static_resources: {
    readonly listeners: [Listener]
    readonly clusters: ClusterConfig[]
  }
}

interface Listener {
  address: object
  readonly filter_chains: [
    {
      readonly transport_socket: TransportSocket
      readonly filters: [{ readonly typed_config: ConnectionManager }]
    },
  ]
}

interface ConnectionManager {
  http_filters: HttpFilter[]
  readonly route_config: {
    readonly virtual_hosts: readonly { readonly domains: readonly string[] }[]
  }
}

interface TransportSocket {
  readonly typed_config: {
    readonly common_tls_context: {
      tls_certificates?: object[]
      readonly validation_context?: { trusted_ca: object; match_typed_subject_alt_names: object[] }
    }
  }
}

export interface HttpFilter {
  readonly name: string
  readonly typed_config: {
    readonly default_source_code?: { readonly inline_string: string }
    readonly http_service?: {
      readonly authorization_response: {
        readonly allowed_upstream_headers: { readonly patterns: object[] }
      }
    }
  }
}

export interface ClusterConfig {
  readonly name: string
  readonly transport_socket?: TransportSocket
}

/** A file of `examples/`. */
export async function readExample(example: string, name: string): Promise<string> {
  return readFile(new URL(`../../examples/${example}/${name}`, import.meta.url), 'utf8')
}

/** The same cluster, whose one endpoint is a port of the loopback. */
export function clusterAt(cluster: ClusterConfig, port: number): ClusterConfig {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return {
    ...cluster,
    ...{ type: 'STATIC' },
    ...{
      load_assignment: {
        cluster_name: cluster.name,
        endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
      },
    },
  }
}
