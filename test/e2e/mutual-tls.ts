/** Envoy with TLS for its clients, who may show certificates, and Attaché who looks at them. */
import type { ConnectionOptions } from 'node:tls'
import type { Transport } from '../../src/check-input.ts'
import { firstAuthority } from '../support/authorities.ts'
import type { Issued } from '../support/certificates.ts'
import type { Edit } from '../support/example-envoy.ts'

const tlsType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'

/** How Envoy looks at certificates itself. */
export interface MutualTlsOptions {
  readonly transport: Transport
  /** Roots that Envoy asks for; without them it takes any certificate, and the word is Attaché's. */
  readonly trustedCA?: string
  /** Default: SANITIZE_SET, as the documentation says. */
  readonly forward?: 'SANITIZE' | 'SANITIZE_SET' | 'APPEND_FORWARD' | 'ALWAYS_FORWARD_ONLY'
  /** Parts of `set_current_client_cert_details`. Default: cert, chain and all the others. */
  readonly details?: readonly ('cert' | 'chain' | 'subject' | 'dns' | 'uri')[]
}

/** Edits of an example: TLS, and both ways to tell a certificate. */
export function mutualTls(options: MutualTlsOptions): readonly Edit[] {
  const { transport, trustedCA, forward = 'SANITIZE_SET' } = options
  const { details = ['cert', 'chain', 'subject', 'dns', 'uri'] } = options
  const { cert, key } = firstAuthority.server
  const socket = {
    name: 'tls',
    typed_config: {
      '@type': tlsType,
      common_tls_context: {
        tls_certificates: [
          { certificate_chain: { inline_string: cert }, private_key: { inline_string: key } },
        ],
        validation_context: trustedCA
          ? { trusted_ca: { inline_string: trustedCA } }
          : { trust_chain_verification: 'ACCEPT_UNTRUSTED' },
      },
    },
  }
  const set = Object.fromEntries(details.map((detail) => [detail, true]))
  const hcm = [
    'stat_prefix: gateway',
    `forward_client_cert_details: ${forward}`,
    `set_current_client_cert_details: ${JSON.stringify(set)}`,
  ].join('\n          ')
  const edits: Edit[] = [
    ['    - filters:\n', `    - transport_socket: ${JSON.stringify(socket)}\n      filters:\n`],
    ['stat_prefix: gateway', hcm],
    ['{ "impersonate-" }', '{ "impersonate-", "x-remote-" }'],
  ]
  const peer: Edit = [
    'transport_api_version: V3\n',
    'transport_api_version: V3\n              include_peer_certificate: true\n',
  ]
  return transport === 'grpc' ? [...edits, peer] : edits
}

/** Options of a client that shows a certificate, and what has signed it; or none. */
export function showing(client?: Issued, chain: readonly Issued[] = []): ConnectionOptions {
  const pems = client && [client, ...chain].map(({ pem }) => pem).join('')
  return {
    ca: firstAuthority.ca,
    servername: 'localhost',
    ...(client && { cert: pems, key: client.key }),
  }
}
