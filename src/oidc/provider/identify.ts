import { joinClaims } from '../../authn/issuer/join-claims.ts'
import { type Claims, mapClaims } from '../../authn/jwt/claims.ts'
import { readUnverified } from '../../authn/jwt/prove-jwt.ts'
import type { TokenVerifier } from '../../authn/token-union.ts'
import type { IssuerConfig } from '../../config/types.ts'
import type { NewSession } from '../../session/sessions.ts'
import type { Tokens, UnprovenIDToken } from './client.ts'
import type { ExchangeFailure } from './exchange-failure.ts'
import type { Provider } from './provider.ts'

export interface IdentifyOptions {
  readonly provider: Provider
  /** The very verifier of bearer tokens: signature, claims and their mapping. */
  readonly verifyToken: TokenVerifier
  /** Aborted when nobody waits any more; absent: the client's own time counts. */
  readonly signal?: AbortSignal
}

/** Why the answer of a provider makes no session. */
export interface IdentifyFailure {
  /** `not-accepted`: the mapping or its rules refuse the person. */
  readonly kind: ExchangeFailure['kind'] | 'not-accepted'
  /** For the log. */
  readonly detail: string
}

export type Identified =
  | { readonly kind: 'identified'; readonly session: NewSession }
  | IdentifyFailure

/**
 * Who the provider says that somebody is: the ID token, with the UserInfo response where the configuration
 * wants it, is verified and mapped as a bearer token of that issuer is.
 */
export async function identify(
  { idToken, accessToken, refreshToken }: Tokens & { readonly idToken: UnprovenIDToken },
  { provider, verifyToken, signal }: IdentifyOptions,
): Promise<Identified> {
  const { id, issuer, claimsFrom } = provider.config
  const { text, subject, providerSession } = idToken
  // Whoever trusts several issuers must not take the token of one for that of another.
  if (idToken.issuer !== issuer.url) {
    return { kind: 'not-believed', detail: 'the ID token is of another issuer' }
  }
  let userInfo: Claims | undefined
  if (claimsFrom === 'userinfo') {
    const answer = await provider.client.userInfo(accessToken, subject, signal)
    if (answer.kind !== 'claims') return answer
    userInfo = answer.claims
  }
  const outcome = await verifyToken(text, userInfo)
  switch (outcome.kind) {
    case 'rejected': {
      const isMapped = isMappable(text, { userInfo, issuer })
      // A signature that no key fits says nothing of the person: the keys may have changed just now.
      const kind = isMapped ? 'not-believed' : 'not-accepted'
      return { kind, detail: `${outcome.reason}: ${outcome.detail}` }
    }
    case 'no-credential':
      return { kind: 'not-accepted', detail: 'no issuer takes the ID token' }
    case 'verified': {
      const { user, email, expiresAtMs } = outcome.authenticated
      return {
        kind: 'identified',
        session: {
          provider: id,
          user,
          email,
          idToken: text,
          idTokenExpiresAtMs: expiresAtMs,
          refreshToken,
          subject,
          providerSession,
        },
      }
    }
  }
}

/** Whether the mapping and its rules take the claims, proven or not. */
function isMappable(
  text: string,
  { userInfo = {}, issuer }: { userInfo: Claims | undefined; issuer: IssuerConfig },
): boolean {
  const claims = readUnverified(text)?.claims.value ?? {}
  return mapClaims(joinClaims(claims, userInfo), issuer).kind === 'mapped'
}
