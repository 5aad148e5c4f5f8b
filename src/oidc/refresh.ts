import type { Issuers } from '../authn/issuer/issuer.ts'
import { mapClaims } from '../authn/jwt/claims.ts'
import type { Refresh, RefreshableSession, Refreshed } from '../session/sessions.ts'
import type { Tokens } from './provider/client.ts'
import { identify } from './provider/identify.ts'
import type { Provider, Providers } from './provider/provider.ts'

export interface RefreshOptions {
  readonly providers: Providers
  readonly verifyToken: Issuers['verifyToken']
}

/**
 * The {@link Refresh} of all providers
 * ({@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens OpenID Connect Core 1.0 §12}).
 * A new ID token is verified and mapped as at sign-in, so that new groups count, and must be of the same
 * person and the same session at the provider. Only `invalid_grant`, somebody else, or a person whom the
 * mapping no longer accepts end the session; whatever else the provider answers says nothing of it.
 */
export function createRefresh({ providers, verifyToken }: RefreshOptions): Refresh {
  return async (session) => {
    const provider = providers.get(session.provider)
    if (provider === undefined) return ended('its provider is not configured any more')
    const answer = await provider.client.refresh(session.refreshToken)
    if (answer.kind === 'grant-ended') return ended(answer.detail)
    if (answer.kind !== 'exchanged') return refused(answer.detail)
    const { idToken, ...tokens } = answer.tokens
    const refreshToken = tokens.refreshToken ?? session.refreshToken
    if (idToken === undefined) {
      return continued(session, { provider, tokens: { ...answer.tokens, refreshToken } })
    }
    const found = await identify({ ...tokens, refreshToken, idToken }, { provider, verifyToken })
    if (found.kind === 'not-accepted') return ended(found.detail)
    if (found.kind !== 'identified') return refused(found.detail)
    const { subject, providerSession } = found.session
    if (subject !== session.subject) return ended('the ID token is of somebody else')
    if (
      session.providerSession !== undefined &&
      providerSession !== undefined &&
      providerSession !== session.providerSession
    ) {
      return ended('the ID token is of another session at the provider')
    }
    // One that is left out later is still the session's: a logout token may name it.
    const sid = providerSession ?? session.providerSession
    return { kind: 'renewed', session: { ...found.session, providerSession: sid } }
  }
}

interface ContinuedOptions {
  readonly provider: Provider
  readonly tokens: Tokens & { readonly refreshToken: string }
}

/** Without an ID token: UserInfo may still say who it is now. */
async function continued(
  { subject }: RefreshableSession,
  { provider, tokens: { accessToken, refreshToken } }: ContinuedOptions,
): Promise<Refreshed> {
  const { issuer, claimsFrom } = provider.config
  if (claimsFrom === 'idToken') return { kind: 'continued', identity: undefined, refreshToken }
  const answer = await provider.client.userInfo(accessToken, subject)
  if (answer.kind !== 'claims') return refused(answer.detail)
  const mapped = mapClaims({ ...answer.claims, iss: issuer.url }, issuer)
  if (mapped.kind === 'rejected') return ended(`${mapped.reason}: ${mapped.detail}`)
  const { user, email } = mapped
  return { kind: 'continued', identity: { user, email }, refreshToken }
}

function ended(detail: string): Refreshed {
  return { kind: 'ended', detail }
}

function refused(detail: string): Refreshed {
  return { kind: 'refused', detail }
}
