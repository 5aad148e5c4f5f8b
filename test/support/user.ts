import type { Authenticated, IDToken } from '../../src/authn/authenticator.ts'
import type { UserInfo } from '../../src/user.ts'

/** A user without groups, with what a test wants to differ. */
export function userInfo(overrides: Partial<UserInfo> = {}): UserInfo {
  return { name: 'alice', uid: '', groups: [], extra: new Map(), ...overrides }
}

/** A session's ID token that is good until the year 2100. */
export function idToken(text: string, overrides: Partial<IDToken> = {}): IDToken {
  return { text, goodUntilMs: Date.UTC(2100, 0), remedy: 'wait', ...overrides }
}

/** An outcome of a bearer token that ends in the year 2100. */
export function authenticated(overrides: Partial<Authenticated> = {}): Authenticated {
  return {
    kind: 'authenticated',
    user: userInfo(),
    authenticator: 'jwt',
    email: undefined,
    idToken: undefined,
    expiresAtMs: Date.UTC(2100, 0),
    ...overrides,
  }
}
