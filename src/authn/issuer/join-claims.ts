import type { Claims } from '../jwt/claims.ts'

/** What a token says of itself and of the sign-in; a UserInfo response that is signed has its own. */
const ofTheToken: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'at_hash',
  'c_hash',
  'sid',
])

/**
 * The claims of an ID token and those of the UserInfo response that belongs to it, which are the newer ones
 * where both say something of the person. What concerns the token itself is the token's own.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse OpenID Connect Core 1.0 §5.3.2}
 */
export function joinClaims(idToken: Claims, userInfo: Claims): Claims {
  const said = Object.entries(userInfo).filter(
    ([name, value]) => value !== null && !ofTheToken.has(name),
  )
  const joined = { ...idToken, ...Object.fromEntries(said) }
  const verified = emailVerified(joined, [idToken, userInfo])
  return verified === undefined ? joined : { ...joined, email_verified: verified }
}

/**
 * Whether the joined address is a verified one; undefined where neither says. A flag is about the address
 * beside it: that of the one must not vouch for the address of the other.
 */
function emailVerified(joined: Claims, sources: readonly Claims[]): boolean | undefined {
  const flagged = sources.filter((claims) => isSaid(claims, 'email_verified'))
  if (flagged.length === 0) return undefined
  return flagged.every(
    (claims) =>
      claims['email_verified'] === true &&
      (!isSaid(claims, 'email') || claims['email'] === joined['email']),
  )
}

function isSaid(claims: Claims, name: string): boolean {
  return Object.hasOwn(claims, name) && claims[name] !== null
}
