/** A dashboard's envoy.yaml, with the ports and certificates of a test in the place of a cluster's. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Transport } from '../../src/check-input.ts'
import {
  certificate,
  cn,
  extension,
  extensions,
  type Issued,
  serverAuth,
} from '../support/certificates.ts'
import { der, sequence } from '../support/der-writer.ts'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { type Bootstrap, clusterAt, readExample } from './example-files.ts'

export type Example = 'headlamp' | 'kubernetes-dashboard'

const host = { headlamp: 'headlamp.example.com', 'kubernetes-dashboard': 'dashboard.example.com' }

/** Where people find the dashboard of an example. */
export function dashboardHost(example: Example): string {
  return host[example]
}

interface Around {
  readonly transport: Transport
  readonly ca: Issued
  readonly attachePort: number
  readonly dashboardPort: number
  readonly api: KubeApiserver
}

/** The example as it is, but for addresses and certificates; over HTTP as its README.md tells. */
export async function exampleBootstrap(example: Example, around: Around): Promise<Bootstrap> {
  const { transport, ca, attachePort, dashboardPort, api } = around
  const read: (yaml: string) => Bootstrap = parse
  const bootstrap = read(await readExample(example, 'envoy.yaml'))
  const [listener] = bootstrap.static_resources.listeners
  listener.address = { socket_address: { address: '127.0.0.1', port_value: 0 } }
  const [chain] = listener.filter_chains
  const certificates = [[dashboardHost(example), 'kubernetes.example.com'], ['gateway.attache.svc']]
  chain.transport_socket.typed_config.common_tls_context.tls_certificates = certificates.map(
    (names) => serving(ca, names),
  )
  const clusters = bootstrap.static_resources.clusters
  for (const [index, cluster] of clusters.entries()) {
    const { name } = cluster
    if (name === 'kubernetes') {
      clusters[index] = clusterAt(cluster, Number(new URL(api.url).port))
      const { validation_context: context } =
        clusters[index].transport_socket?.typed_config.common_tls_context ?? {}
      if (context === undefined) throw new RangeError('The API server would not be verified')
      context.trusted_ca = { inline_string: api.ca }
      context.match_typed_subject_alt_names = [
        { san_type: 'IP_ADDRESS', matcher: { exact: '127.0.0.1' } },
      ]
    } else if (name === 'attache') clusters[index] = clusterAt(cluster, attachePort)
    else clusters[index] = clusterAt(cluster, dashboardPort)
  }
  if (transport === 'http') await overHttp(bootstrap, attachePort)
  return bootstrap
}

/** What README.md tells whoever prefers checks over HTTP. */
async function overHttp(bootstrap: Bootstrap, attachePort: number): Promise<void> {
  const read: (yaml: string) => Bootstrap = parse
  const other = read(
    await readFile(new URL('../../examples/envoy-http/envoy.yaml', import.meta.url), 'utf8'),
  )
  const [manager] = bootstrap.static_resources.listeners[0].filter_chains[0].filters
  const filters =
    other.static_resources.listeners[0].filter_chains[0].filters[0].typed_config.http_filters
  const authz = filters.find(({ name }) => name === 'envoy.filters.http.ext_authz')
  authz?.typed_config.http_service?.authorization_response.allowed_upstream_headers.patterns.push({
    exact: 'x-remote-id-token',
  })
  manager.typed_config.http_filters = filters
  const { clusters } = bootstrap.static_resources
  const attache = other.static_resources.clusters.find(({ name }) => name === 'attache')
  if (attache === undefined) throw new RangeError('There is no cluster "attache"')
  clusters[clusters.findIndex(({ name }) => name === 'attache')] = clusterAt(attache, attachePort)
}

function serving(issuer: Issued, names: readonly string[]): object {
  const alternatives = names.map((name) => der(0x82, Buffer.from(name)))
  const { pem, key } = certificate({
    name: [[cn, names[0] ?? '']],
    issuer,
    extensions: [extensions.usages(serverAuth), extension('2.5.29.17', sequence(...alternatives))],
  })
  return { certificate_chain: { inline_string: pem }, private_key: { inline_string: key } }
}
