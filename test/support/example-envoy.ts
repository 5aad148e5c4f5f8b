import { readFile } from 'node:fs/promises'
import type { Transport } from '../../src/check-input.ts'
import { type Envoy, startEnvoy } from './envoy.ts'

/** Which of the two Envoy configurations to run, and what stands around it. */
export interface ExampleEnvoyOptions {
  readonly transport: Transport
  /** Path of the binary: `envoy()` of parts.ts. */
  readonly binary: string
  /** Where Attaché takes checks. */
  readonly attachePort: number
  readonly upstream: {
    readonly port: number
    readonly http2?: boolean
    /** The only root of an upstream that speaks TLS, PEM. Default: it does not. */
    readonly ca?: string
  }
  /** What Envoy shows its clients, PEM; they may speak HTTP/2 then. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** A format for an access log on standard output. */
  readonly accessLog?: string
  /** Further edits of the text, each of which must find its place. */
  readonly edits?: readonly Edit[]
}

/** What stands in the file, and what to put there. */
export type Edit = readonly [from: string, to: string]

/** The text of the configuration that users copy. */
export async function exampleConfig(transport: Transport): Promise<string> {
  const file = new URL(`../../examples/envoy-${transport}/envoy.yaml`, import.meta.url)
  return readFile(file, 'utf8')
}

const attacheExamplePort = { grpc: 9090, http: 8080 }

/** Runs the configuration that users copy, as it is but for the ports and what is asked for. */
export async function startExampleEnvoy(options: ExampleEnvoyOptions): Promise<Envoy> {
  const { transport, binary, attachePort, upstream, tls, accessLog, edits = [] } = options
  const ports: Edit[] = [
    ['port_value: 10000', 'port_value: 0'],
    [`port_value: ${attacheExamplePort[transport]}`, `port_value: ${attachePort}`],
    ['port_value: 3000', `port_value: ${upstream.port}`],
  ]
  const config = [
    ...ports,
    ...(upstream.http2 === true ? [http2Upstream] : []),
    ...(upstream.ca === undefined ? [] : [tlsUpstream(upstream.ca)]),
    ...(tls === undefined ? [] : [tlsListener(tls)]),
    ...(accessLog === undefined ? [] : [loggingAccess(accessLog)]),
    ...edits,
  ].reduce(edit, await exampleConfig(transport))
  return startEnvoy({ binary, config })
}

/** Throws unless the text has the place just once. */
export function edit(text: string, [from, to]: Edit): string {
  const [before, after, ...more] = text.split(from)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new RangeError(`Cannot edit the example: "${from}" is not in it just once`)
  }
  return before + to + after
}

const optionsType = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const http2Upstream: Edit = [
  '  - name: upstream\n',
  `  - name: upstream
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": ${optionsType}
        explicit_http_config: { http2_protocol_options: {} }
`,
]

const tlsTypes = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'

/** TLS to the upstream, whose certificate must be of this root and for its address. */
function tlsUpstream(ca: string): Edit {
  const socket = {
    name: 'tls',
    typed_config: {
      '@type': `${tlsTypes}.UpstreamTlsContext`,
      common_tls_context: {
        validation_context: {
          trusted_ca: { inline_string: ca },
          match_typed_subject_alt_names: [
            { san_type: 'IP_ADDRESS', matcher: { exact: '127.0.0.1' } },
          ],
        },
      },
    },
  }
  const name = '  - name: upstream\n'
  return [name, `${name}    transport_socket: ${JSON.stringify(socket)}\n`]
}

/** Makes the listener speak TLS, HTTP/2 too. */
export function tlsListener({ cert, key }: { readonly cert: string; readonly key: string }): Edit {
  const socket = {
    name: 'tls',
    typed_config: {
      '@type': `${tlsTypes}.DownstreamTlsContext`,
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_certificates: [
          { certificate_chain: { inline_string: cert }, private_key: { inline_string: key } },
        ],
      },
    },
  }
  const filters = '    - filters:\n'
  return [filters, `    - transport_socket: ${JSON.stringify(socket)}\n      filters:\n`]
}

function loggingAccess(format: string): Edit {
  const log = {
    name: 'stdout',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
      log_format: { text_format_source: { inline_string: `${format}\n` } },
    },
  }
  const field = '          stat_prefix: gateway\n'
  return [field, `${field}          access_log: ${JSON.stringify([log])}\n`]
}
