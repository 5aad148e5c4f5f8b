/** How a program that cannot set `Authorization` sends a bearer token: as a WebSocket subprotocol. */
const bearerProtocol = 'base64url.bearer.authorization.k8s.io.'

/** What a `Sec-WebSocket-Protocol` header names, tokens apart from real subprotocols. */
export interface WebSocketProtocols {
  /** As they were sent: base64url. */
  readonly encodedTokens: readonly string[]
  readonly others: readonly string[]
}

/**
 * Reads `Sec-WebSocket-Protocol` ({@link https://www.rfc-editor.org/rfc/rfc6455#section-11.3.4 RFC 6455
 * §11.3.4}), as kube-apiserver does; undefined when no bearer token is in it, which costs nothing.
 */
export function readWebSocketProtocols(header: string | undefined): WebSocketProtocols | undefined {
  // Who reads the header behind us may take it without case.
  if (header === undefined || !header.toLowerCase().includes(bearerProtocol)) return undefined
  const protocols = header.split(',').map((protocol) => protocol.trim())
  const isBearer = (protocol: string) => protocol.toLowerCase().startsWith(bearerProtocol)
  return {
    encodedTokens: protocols
      .filter(isBearer)
      .map((protocol) => protocol.slice(bearerProtocol.length)),
    others: protocols.filter((protocol) => protocol !== '' && !isBearer(protocol)),
  }
}
