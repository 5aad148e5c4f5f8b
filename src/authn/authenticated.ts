import type { UserInfo } from '../user.ts'
import type { Authenticated, AuthenticatorName, IDToken } from './authenticator.ts'

/** Who vouches, and for how long. */
export interface Vouching {
  readonly by: AuthenticatorName
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
  /** Default: none that is verified. */
  readonly email?: string | undefined
  /** Default: none, as a credential is no ID token that may go upstream. */
  readonly idToken?: IDToken | undefined
}

/** A user whom the request's credential or session proves; what it lacks is there as undefined. */
export function authenticated(user: UserInfo, vouching: Vouching): Authenticated {
  const { by, expiresAtMs, email, idToken } = vouching
  return { kind: 'authenticated', user, authenticator: by, email, idToken, expiresAtMs }
}
