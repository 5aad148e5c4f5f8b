import type { UserInfo } from '../user.ts'
import type { Authenticated, AuthenticatorName } from './authenticator.ts'

/** Who vouches, and for how long. */
export interface Vouching {
  readonly by: AuthenticatorName
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
  /** Default: none that is verified. */
  readonly email?: string | undefined
}

/** A user whom the credential of the request itself proves. */
export function authenticated(user: UserInfo, { by, expiresAtMs, email }: Vouching): Authenticated {
  return { kind: 'authenticated', user, authenticator: by, email, idToken: undefined, expiresAtMs }
}
