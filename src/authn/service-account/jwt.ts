import { isRecord } from '../../json/record.ts'
import { authenticated } from '../authenticated.ts'
import { noCredential, type Rejected } from '../authenticator.ts'
import type { KeySet } from '../issuer/key-set.ts'
import { algorithms, parseJws } from '../jwt/jws.ts'
import { rememberHeaders } from '../jwt/jws-header.ts'
import { findKey, readUnverified, type UnverifiedJwt } from '../jwt/prove-jwt.ts'
import { rejected } from '../rejected.ts'
import { maxTokenLength, type TokenVerifier } from '../token-union.ts'
import { acceptedAudiences } from './audiences.ts'
import { readServiceAccount, type ServiceAccountClaims } from './claims.ts'
import {
  type IssuerFacts,
  incompleteKeys,
  type ServiceAccountIssuer,
  useTokenReview,
} from './issuer.ts'

export interface ServiceAccountJwtOptions {
  readonly issuer: ServiceAccountIssuer
  /** As configured: `default` among them stands for those of the API server itself, as undefined does. */
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
  const { named, ofApiServer } = acceptedAudiences(options.audiences)

  const readHeader = rememberHeaders()

  return async (token) => {
    if (token.length > maxTokenLength) return rejected('credential-malformed', 'token is too long')
    const jwt = readUnverified(token)
    if (jwt === undefined) return noCredential
    // While the API server was never reached, any token might be one of its own.
    if (issuer.facts() === undefined) await keySet.keys()
    const facts = issuer.facts()
    if (facts === undefined) return noCredential
    if (!facts.issuers.has(jwt.issuer)) return otherIssuer(jwt, keySet)
    const jws = parseJws(jwt.jws, { algorithms, readHeader })
    if (jws.kind === 'rejected') return jws
    const key = await findKey(jws, keySet)
    if (key === undefined) {
      const why = facts.publishesAllKeys ? '' : `; ${incompleteKeys}`
      return rejected('credential-invalid', `no key of the API server verifies the signature${why}`)
    }
    const claims = readServiceAccount(jwt)
    if (claims.kind === 'rejected') return claims
    const accepted = ofApiServer ? [...named, ...facts.audiences] : named
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

/**
 * Nobody's token, as far as can be told here, unless a key of the cluster has signed it: while a cluster
 * changes its issuer it accepts several, and publishes the one of today.
 */
async function otherIssuer(
  jwt: UnverifiedJwt,
  { keys }: Pick<KeySet, 'keys'>,
): Promise<Rejected | typeof noCredential> {
  if (!isRecord(jwt.claims.value['kubernetes.io'])) return noCredential
  const jws = parseJws(jwt.jws, { algorithms })
  if (jws.kind === 'rejected') return noCredential
  const key = await findKey(jws, { keys, refetch: async () => false })
  if (key === undefined) return noCredential
  const state = `the cluster has signed for "${jwt.issuer}", which it does not call its issuer now`
  return rejected('credential-untrusted', `${state}: ${useTokenReview}`)
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
