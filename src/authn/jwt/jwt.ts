import { type Awaitable, continueWith } from '../../awaitable.ts'
import type { Trace } from '../../trace.ts'
import { authenticated } from '../authenticated.ts'
import type { Authenticated, Rejected } from '../authenticator.ts'
import { locateClaim } from '../issuer/distributed-claims.ts'
import type { TrustedIssuer } from '../issuer/issuer.ts'
import { joinClaims } from '../issuer/join-claims.ts'
import { rejected } from '../rejected.ts'
import { type Claims, mapClaims } from './claims.ts'
import { describeClaimsRead } from './claims-read.ts'
import type { VerificationKey } from './jwk.ts'
import { rememberHeaders } from './jws-header.ts'
import { type ProvenJwt, proveJwt, type UnverifiedJwt } from './prove-jwt.ts'
import { shareStrings } from './share-strings.ts'

/** A token whose every rule held, and until when that may be remembered. */
export interface VerifiedToken {
  readonly kind: 'verified'
  readonly authenticated: Authenticated
  /** Milliseconds since the epoch; from then on the token is verified anew. */
  readonly freshUntilMs: number
  /** False once the issuer withdrew the key that verified it; a token that was reviewed has none. */
  readonly isKeyTrusted: () => boolean
}

/** Verifies the tokens of one issuer; `userInfo` joins the claims of a token that is an ID token. */
export type JwtVerifier = (
  jwt: UnverifiedJwt,
  userInfo?: Claims,
) => Awaitable<VerifiedToken | Rejected>

export interface JwtVerifierOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly trace?: Trace | undefined
}

/** Names of groups of one issuer that are kept once. */
const maxSharedGroups = 20_000

/**
 * How long an answer holds whose groups were fetched elsewhere: they may change there at any time, and
 * kube-apiserver remembers no success for longer.
 */
const distributedFreshMs = 10_000

/**
 * Verifies as kube-apiserver's JWT authenticator does, in its order: header, algorithm, signature,
 * types of the registered claims, audience, `exp`, `nbf`, distributed groups, claim mappings, rules.
 * The caller has matched the token's `iss` with the issuer's URL.
 */
export function createJwtVerifier(
  issuer: Pick<TrustedIssuer, 'config' | 'keySet' | 'fetchClaim'>,
  { now, trace }: JwtVerifierOptions,
): JwtVerifier {
  const { config, keySet } = issuer
  const share = shareStrings(maxSharedGroups)
  const readHeader = rememberHeaders()
  // One for each key: one for each token would be a tenth of what is kept of it.
  const trusts = new WeakMap<VerificationKey, () => boolean>()

  function trustOf(key: VerificationKey): () => boolean {
    const isKeyTrusted = trusts.get(key) ?? (() => keySet.trusts(key))
    trusts.set(key, isKeyTrusted)
    return isKeyTrusted
  }

  function verified({ key, expiresAtMs }: ProvenJwt, found: Found): VerifiedToken | Rejected {
    trace?.('claims', describeClaimsRead(found.claims, config))
    const mapped = mapClaims(found.claims, config, trace)
    if (mapped.kind === 'rejected') return mapped
    return {
      kind: 'verified',
      isKeyTrusted: trustOf(key),
      freshUntilMs: found.isDistributed
        ? Math.min(expiresAtMs, now() + distributedFreshMs)
        : expiresAtMs,
      authenticated: authenticated(
        { ...mapped.user, groups: mapped.user.groups.map(share) },
        { by: 'jwt', expiresAtMs, email: mapped.email },
      ),
    }
  }

  return (jwt, userInfo) =>
    continueWith(proveJwt(jwt, { config, keySet, now, readHeader }), (proven) => {
      if (proven.kind === 'rejected') return proven
      trace?.('token', `signed by a key of "${config.url}"; audience and times are good`)
      const own = jwt.claims.value
      const claims = userInfo === undefined ? own : joinClaims(own, userInfo)
      return continueWith(withGroups(claims, issuer), (found) =>
        found.kind === 'rejected' ? found : verified(proven, found),
      )
    })
}

type Found = {
  readonly kind: 'claims'
  readonly claims: Claims
  readonly isDistributed: boolean
}

/** The claims, with the groups in them; a token that says nothing of other places costs nothing here. */
function withGroups(
  claims: Claims,
  { config, fetchClaim }: Pick<TrustedIssuer, 'config' | 'fetchClaim'>,
): Awaitable<Found | Rejected> {
  const { groups } = config.claimMappings
  if (groups === undefined || 'expression' in groups)
    return { kind: 'claims', claims, isDistributed: false }
  const place = locateClaim(claims, groups.claim)
  switch (place.kind) {
    case 'here':
      return { kind: 'claims', claims, isDistributed: false }
    case 'fault':
      return rejected('credential-invalid', place.detail)
    case 'elsewhere':
      return fetchClaim(place.source, groups.claim).then((fetched) => {
        if (fetched.kind === 'rejected') return fetched
        const joined = { ...claims, [groups.claim]: fetched.value }
        return { kind: 'claims', claims: joined, isDistributed: true }
      })
  }
}
