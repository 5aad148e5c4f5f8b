/** Which of Envoy's two ext_authz transports asked. */
export type Transport = 'grpc' | 'http'

/**
 * The client's request header fields as Envoy shows them. Names are lower-case; several lines of one
 * name are joined with `,` (with `; ` for `cookie`), as Envoy itself joins them. Values are decoded as
 * UTF-8; a byte that is not UTF-8 is U+FFFD. No pseudo headers, and nothing that Envoy added for the
 * check alone (`x-attache-source`, `x-attache-connection`, `x-attache-upgrade`, `x-attache-caller`).
 */
export type RequestHeaders = ReadonlyMap<string, string>

/** One request as Envoy describes it, before anything has been believed. */
export interface CheckInput {
  /** `direct`: Envoy did not ask, the request itself came to the pages port. */
  readonly transport: Transport | 'direct'
  /** As received; HTTP methods are case-sensitive (RFC 9110 §9.1). */
  readonly method: string
  /** `:authority` as received: case, port and trailing dot included. */
  readonly host: string
  /** `:path` as received: not normalised, query included. */
  readonly path: string
  readonly headers: RequestHeaders
  /**
   * Address of the TCP peer of Envoy, without port. Undefined when Envoy does not say it: over HTTP
   * that means the listener's `headers_to_add` is missing.
   */
  readonly source: string | undefined
  /**
   * The certificate that the client has shown to Envoy, as `source.certificate` has it: percent-encoded
   * PEM. Undefined when Envoy does not say (`include_peer_certificate`, gRPC only). Envoy knows that the
   * client holds the key; whose certificate it is, nobody has verified yet.
   */
  readonly certificate: string | undefined
}
