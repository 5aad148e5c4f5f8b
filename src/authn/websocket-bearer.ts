import { isUtf8 } from 'node:buffer'
import { continueWith } from '../awaitable.ts'
import type { CheckInput } from '../check-input.ts'
import { readWebSocketProtocols } from '../headers/websocket-protocols.ts'
import {
  type Authenticator,
  noCredential,
  type Rejected,
  type TokenAuthenticator,
} from './authenticator.ts'
import { decodeBase64Url } from './jwt/base64url.ts'
import { rejected } from './rejected.ts'

/** A bearer token that came as a WebSocket subprotocol, or why it is none. */
export type WebSocketToken =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | Rejected

/**
 * The bearer token among the subprotocols of a WebSocket request, as kube-apiserver finds it: one at most,
 * base64url of UTF-8, beside at least one real subprotocol, which the server can then choose.
 */
export function webSocketToken({ headers }: CheckInput): WebSocketToken {
  const protocols = readWebSocketProtocols(headers.get('sec-websocket-protocol'))
  if (protocols === undefined || headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return { kind: 'none' }
  }
  const [encoded = '', ...more] = protocols.encodedTokens
  if (more.length > 0) return malformed('there are several')
  const bytes = decodeBase64Url(encoded)
  if (bytes === undefined || !isUtf8(bytes)) return malformed('it is no base64url of UTF-8')
  if (bytes.length === 0) return { kind: 'none' }
  if (protocols.others.length === 0) return malformed('there is no other subprotocol beside it')
  return { kind: 'token', token: bytes.toString('utf8') }
}

/** Authenticates {@link webSocketToken}; one that nobody claims is rejected, as in `Authorization`. */
export function webSocketBearer(authenticateToken: TokenAuthenticator): Authenticator {
  return (input) => {
    const found = webSocketToken(input)
    if (found.kind === 'none') return noCredential
    if (found.kind === 'rejected') return found
    return continueWith(authenticateToken(found.token), (outcome) => {
      if (outcome.kind !== 'no-credential') return outcome
      return rejected('credential-untrusted', 'no trusted issuer claims the token')
    })
  }
}

function malformed(detail: string): Rejected {
  return rejected('credential-malformed', `the token among the WebSocket subprotocols: ${detail}`)
}
