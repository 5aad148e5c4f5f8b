import type { Awaitable } from '../awaitable.ts'
import { type NoCredential, noCredential, type Rejected } from './authenticator.ts'
import type { Claims } from './jwt/claims.ts'
import type { JwtVerifier, VerifiedToken } from './jwt/jwt.ts'
import { readUnverified } from './jwt/prove-jwt.ts'
import { rejected } from './rejected.ts'

/**
 * Verifies a token for whoever vouches for it, and remembers nothing; steps aside for one of nobody's. The
 * claims of a UserInfo response that belongs to the token, and was believed to, are mapped with its own.
 */
export type TokenVerifier = (
  token: string,
  userInfo?: Claims,
) => Awaitable<VerifiedToken | Rejected | NoCredential>

/**
 * Longer tokens are refused before anything is decoded. kube-apiserver takes what fits into its
 * headers; Envoy's default for all headers together is 60 KiB. Unit: characters.
 */
export const maxTokenLength = 64 * 1024

/**
 * Steps aside (`no-credential`) for a token whose unverified `iss` has no verifier. The token is read
 * once, however many issuers there are; since their URLs differ, that gives what asking each in turn
 * gives in kube-apiserver.
 */
export function tokenUnion(verifiers: ReadonlyMap<string, JwtVerifier>): TokenVerifier {
  return (token, userInfo) => {
    if (token.length > maxTokenLength) return rejected('credential-malformed', 'token is too long')
    const jwt = readUnverified(token)
    if (jwt === undefined) return noCredential
    return verifiers.get(jwt.issuer)?.(jwt, userInfo) ?? noCredential
  }
}
