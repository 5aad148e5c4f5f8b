/** The Envoy of examples/credential-injector, as it is over HTTP, and the same over gRPC. */
import { readFile } from 'node:fs/promises'
import type { Transport } from '../../src/check-input.ts'
import { firstAuthority } from '../support/authorities.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { type Edit, edit, exampleConfig, tlsListener } from '../support/example-envoy.ts'
import type { KubeApiserver } from '../support/kube-apiserver.ts'

/** A file that users copy. */
export async function injectorFile(name: string): Promise<string> {
  const folder = new URL('../../examples/credential-injector/', import.meta.url)
  return readFile(new URL(name, folder), 'utf8')
}

/** What it adds to examples/envoy-http or examples/envoy-grpc, each block by where it stands. */
export async function injectorEdits(): Promise<readonly Edit[]> {
  const text = await injectorFile('envoy.yaml')
  const block = (start: string, end: string): Edit => {
    const from = text.indexOf(start)
    return [end, text.slice(from, text.indexOf(end, from)) + end]
  }
  return [
    block('# SDS wants a name', 'layered_runtime:\n'),
    block('            ignore_port_in_host_matching', '            - name: everything\n'),
    block('          # Behind ext_authz', '          - name: envoy.filters.http.router\n'),
    block('  - name: kubernetes\n    type', '  - name: upstream\n'),
  ]
}

/** What is different from the file: ports, and files of a test in the place of a pod's. */
export interface InjectingEnvoyOptions {
  readonly transport: Transport
  readonly binary: string
  readonly attachePort: number
  readonly upstreamPort: number
  readonly api: KubeApiserver
  /** With `ca.crt`, `impersonator.yaml` and `token`. */
  readonly folder: string
}

/** Starts it; clients speak TLS with it. */
export async function startInjectingEnvoy(options: InjectingEnvoyOptions): Promise<Envoy> {
  const { transport, binary, attachePort, upstreamPort, api, folder } = options
  const edits: readonly Edit[] = [
    ...(await injectorEdits()),
    ['port_value: 10000', 'port_value: 0'],
    [`port_value: ${transport === 'grpc' ? 9090 : 8080}`, `port_value: ${attachePort}`],
    ['port_value: 3000', `port_value: ${upstreamPort}`],
    [
      'address: kubernetes.default.svc, port_value: 443',
      `address: 127.0.0.1, port_value: ${new URL(api.url).port}`,
    ],
    ['sni: kubernetes.default.svc', 'sni: localhost'],
    ['exact: kubernetes.default.svc', 'exact: localhost'],
    ['/var/run/secrets/kubernetes.io/serviceaccount/ca.crt', `${folder}/ca.crt`],
    ['/etc/envoy/impersonator.yaml', `${folder}/impersonator.yaml`],
    // The hosts that a test's certificate is for.
    ['domains: [kubernetes.example.com]', 'domains: [localhost]'],
    tlsListener(firstAuthority.server),
  ]
  // The other example has no virtual_hosts line of its own to go before.
  const base = (await exampleConfig(transport)).replace('            virtual_hosts:\n', '')
  return startEnvoy({ binary, config: edits.reduce(edit, base) })
}
