import { authenticated } from '../authenticated.ts'
import { noCredential, type Rejected } from '../authenticator.ts'
import { algorithms, parseJws } from '../jwt/jws.ts'
import { findKey, readUnverified } from '../jwt/prove-jwt.ts'
import { rejected } from '../rejected.ts'
import { maxTokenLength, type TokenVerifier } from '../token-union.ts'
import { readServiceAccount, type ServiceAccountClaims } from './claims.ts'
import type { IssuerFacts, ServiceAccountIssuer } from './issuer.ts'

export interface ServiceAccountJwtOptions {
  readonly issuer: ServiceAccountIssuer
  /** Undefined: those of the API server itself. */
  readonly audiences: readonly string[] | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Accepted difference of the clocks, as in kube-apiserver. */
const leewayMs = 60_000

/**
 * Verifies ServiceAccount tokens by the cluster's keys, as kube-apiserver's own authenticator does up to
 * where that looks into its store: a token stays good until its `exp` although its ServiceAccount,
 * pod, node or Secret is gone. Steps aside for the token of another issuer, the legacy tokens of
 * `kubernetes/serviceaccount` among them, which have neither audience nor end.
 */
export function serviceAccountJwt(options: ServiceAccountJwtOptions): TokenVerifier {
  const { issuer, now } = options
  const { keySet } = issuer

  return async (token) => {
    if (token.length > maxTokenLength) return rejected('credential-malformed', 'token is too long')
    const jwt = readUnverified(token)
    if (jwt === undefined) return noCredential
    // While the API server was never reached, any token might be one of its own.
    if (issuer.facts() === undefined) await keySet.keys()
    const facts = issuer.facts()
    if (facts === undefined || !facts.issuers.has(jwt.issuer)) return noCredential
    const jws = parseJws(jwt.jws, algorithms)
    if (jws.kind === 'rejected') return jws
    const key = await findKey(jws, keySet)
    if (key === undefined) {
      return rejected('credential-invalid', 'no key of the API server verifies the signature')
    }
    const claims = readServiceAccount(jwt)
    if (claims.kind === 'rejected') return claims
    const accepted = options.audiences ?? facts.audiences
    const fault = audienceFault(claims, accepted) ?? timeFault(claims, now())
    if (fault !== undefined) return fault
    // The whole millisecond is still good.
    const expiresAtMs = claims.expiry * 1000 + leewayMs + 1
    return {
      kind: 'verified',
      // Within the leeway it is good, but nothing is remembered past its `exp`.
      freshUntilMs: claims.expiry * 1000 + 1,
      isKeyTrusted: () => keySet.trusts(key) && isIssuer(issuer.facts(), jwt.issuer),
      authenticated: authenticated(claims.user, { by: 'service-account', expiresAtMs }),
    }
  }
}

function isIssuer(facts: IssuerFacts | undefined, name: string): boolean {
  return facts?.issuers.has(name) === true
}

function audienceFault(
  { audiences }: ServiceAccountClaims,
  accepted: readonly string[],
): Rejected | undefined {
  if (audiences.some((name) => accepted.includes(name))) return undefined
  return rejected('credential-invalid', 'claim "aud" names no audience of "serviceAccounts"')
}

function timeFault(
  { expiry, notBefore, issuedAt }: ServiceAccountClaims,
  nowMs: number,
): Rejected | undefined {
  if (nowMs - leewayMs > expiry * 1000) {
    return rejected('credential-expired', 'claim "exp" is in the past')
  }
  for (const [name, seconds] of Object.entries({ nbf: notBefore, iat: issuedAt })) {
    if (seconds !== undefined && nowMs + leewayMs < seconds * 1000) {
      return rejected('credential-invalid', `claim "${name}" is in the future`)
    }
  }
  return undefined
}
