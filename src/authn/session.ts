import type { SessionStore } from '../session/store.ts'
import { type Authenticator, noCredential } from './authenticator.ts'
import { rejected } from './rejected.ts'

export interface SessionAuthenticatorOptions {
  readonly sessions: SessionStore
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Authenticates a browser by the session that its cookies carry. Cookies of ours that are no good are
 * rejected, not overlooked, so that they cannot pass as an anonymous request.
 */
export function session({ sessions, now }: SessionAuthenticatorOptions): Authenticator {
  return async ({ headers }) => {
    const cookieHeader = headers.get('cookie')
    if (cookieHeader === undefined) return noCredential
    const lookup = await sessions.find(cookieHeader, now())
    switch (lookup.kind) {
      case 'none':
        return noCredential
      case 'found':
        return lookup.session.authenticated
      case 'refused':
        return { ...rejected(lookup.reason, lookup.detail), isSession: true }
    }
  }
}
