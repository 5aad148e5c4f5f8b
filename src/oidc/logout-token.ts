import type { TrustedIssuer } from '../authn/issuer/issuer.ts'
import { proveJwt, readUnverified, type UnverifiedJwt } from '../authn/jwt/prove-jwt.ts'
import { stringOrList } from '../authn/jwt/registered-claims.ts'
import type { ProviderConfig } from '../config/browser-types.ts'
import { decodeUtf8, parseObject, repeatsMember } from '../json/go-json.ts'
import { isRecord } from '../json/record.ts'

/** Whose sessions a provider ends: at least one of `subject` and `providerSession`. */
export interface LogoutToken {
  readonly kind: 'logout-token'
  /** Those whose sessions it is about: the issuer's whose client is an audience. */
  readonly providers: readonly ProviderConfig[]
  readonly subject: string | undefined
  readonly providerSession: string | undefined
  readonly id: string
}

export interface BadLogoutToken {
  readonly kind: 'bad'
  /** For the log and the provider: never a part of the token. */
  readonly detail: string
}

/** Milliseconds that a logout token counts from its `iat`. A provider sends it at once. */
export const logoutTokenLifeMs = 600_000

/** Accepted difference of the clocks, as for `nbf`. Unit: milliseconds. */
const leewayMs = 60_000

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

export interface LogoutTokenOptions {
  readonly providers: readonly ProviderConfig[]
  readonly issuerOf: (url: string) => Pick<TrustedIssuer, 'config' | 'keySet'> | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Reads and proves a logout token, in the order of
 * {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation OpenID Connect Back-Channel Logout 1.0 §2.6}.
 * Throws DependencyError while the issuer's keys cannot be had.
 */
export function logoutTokenReader(
  options: LogoutTokenOptions,
): (token: string) => Promise<LogoutToken | BadLogoutToken> {
  const { providers, issuerOf, now } = options
  return async (token) => {
    const jwt = readUnverified(token)
    if (jwt === undefined) return bad('it is no JWT')
    if (!isTyped(token)) return bad('its "typ" is that of another kind of token')
    const issuer = issuerOf(jwt.issuer)
    const ofIssuer = providers.filter((provider) => provider.issuer.url === jwt.issuer)
    if (issuer === undefined || ofIssuer.length === 0) return bad('nobody signs in at its issuer')
    const audience = stringOrList(jwt.claims.value['aud']) ?? []
    const meant = ofIssuer.filter(({ clientID }) => audience.includes(clientID))
    if (meant.length === 0) return bad('claim "aud" names no client that signs in there')
    const { algorithms } = issuer.config
    const config = { algorithms, audiences: meant.map(({ clientID }) => clientID) }
    const proven = await proveJwt(jwt, { config, keySet: issuer.keySet, now })
    if (proven.kind === 'rejected') return bad(proven.detail)
    return readClaims(jwt, { providers: meant, nowMs: now() })
  }
}

/** A token without a type may be one; another type tells an access token from it (§4 of the same). */
function isTyped(token: string): boolean {
  const text = decodeUtf8(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url'))
  const header = parseObject(text)
  if (header === undefined || repeatsMember(text)) return false
  if (!Object.hasOwn(header.value, 'typ')) return true
  const { typ } = header.value
  return typeof typ === 'string' && /^(?:application\/)?(?:logout\+)?jwt$/i.test(typ)
}

function readClaims(
  { jws, claims }: UnverifiedJwt,
  { providers, nowMs }: { readonly providers: readonly ProviderConfig[]; readonly nowMs: number },
): LogoutToken | BadLogoutToken {
  if (repeatsMember(decodeUtf8(jws.payload))) return bad('a claim stands there twice')
  const own = (name: string): unknown =>
    Object.hasOwn(claims.value, name) ? claims.value[name] : undefined
  const events = own('events')
  if (!isRecord(events) || !Object.hasOwn(events, logoutEvent) || !isRecord(events[logoutEvent])) {
    return bad('claim "events" names no back-channel logout')
  }
  // An ID token has one: it must never pass for a logout token.
  if (own('nonce') !== undefined) return bad('claim "nonce" must not be there')
  const [iat, jti, sub, sid] = [own('iat'), own('jti'), own('sub'), own('sid')]
  if (typeof jti !== 'string' || jti === '') return bad('claim "jti" is missing')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return bad('claim "iat" is missing')
  const ageMs = nowMs - iat * 1000
  if (ageMs > logoutTokenLifeMs || ageMs < -leewayMs) return bad('claim "iat" is not of now')
  if (!isNameOrAbsent(sub) || !isNameOrAbsent(sid)) {
    return bad('claims "sub" and "sid" must be text')
  }
  if (sub === undefined && sid === undefined) return bad('neither claim "sub" nor "sid"')
  return { kind: 'logout-token', providers, subject: sub, providerSession: sid, id: jti }
}

function isNameOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '')
}

function bad(detail: string): BadLogoutToken {
  return { kind: 'bad', detail }
}
