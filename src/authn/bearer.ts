import { continueWith } from '../awaitable.ts'
import type { Authenticator, TokenAuthenticator } from './authenticator.ts'
import { noCredential } from './authenticator.ts'
import { rejected } from './rejected.ts'
import { trimWhiteSpace } from './white-space.ts'

/**
 * Authenticates `Authorization: Bearer <token>`
 * ({@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 §2.1}). A token that no trusted
 * issuer claims is rejected here, so that it cannot pass as "no credential" and reach the session.
 */
export function bearer(authenticateToken: TokenAuthenticator): Authenticator {
  return ({ headers }) => {
    const token = bearerToken(headers.get('authorization') ?? '')
    if (token === undefined) return noCredential
    // Envoy joins two lines with a comma, which no token has.
    if (token.includes(',')) return rejected('credential-malformed', 'token has a comma')
    return continueWith(authenticateToken(token), (outcome) => {
      if (outcome.kind !== 'no-credential') return outcome
      return rejected('credential-untrusted', 'no trusted issuer claims the token')
    })
  }
}

/**
 * The token as kube-apiserver finds it: single spaces separate, what follows the token is ignored, and
 * two spaces before it, or a tab, make no credential at all.
 */
function bearerToken(authorization: string): string | undefined {
  const trimmed = trimWhiteSpace(authorization)
  const end = trimmed.indexOf(' ')
  if (end < 0 || trimmed.slice(0, end).toLowerCase() !== 'bearer') return undefined
  const next = trimmed.indexOf(' ', end + 1)
  const token = trimmed.slice(end + 1, next < 0 ? undefined : next)
  return token === '' ? undefined : token
}
