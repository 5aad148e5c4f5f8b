import { continueWith } from '../awaitable.ts'
import { routeHost } from '../routes/host.ts'
import type { SessionLookup, Sessions } from '../session/sessions.ts'
import { type Authenticator, noCredential, type Outcome } from './authenticator.ts'
import { rejected } from './rejected.ts'

export interface SessionAuthenticatorOptions {
  readonly sessions: Sessions
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Authenticates a browser by the session that its cookies carry. Cookies of ours that are no good are
 * rejected, not overlooked, so that they cannot pass as an anonymous request.
 */
export function session({ sessions, now }: SessionAuthenticatorOptions): Authenticator {
  return ({ headers, host }) => {
    const cookieHeader = headers.get('cookie')
    if (cookieHeader === undefined) return noCredential
    const request = { cookieHeader, hostname: routeHost(host) ?? '', nowMs: now() }
    return continueWith(sessions.find(request), outcomeOf)
  }
}

function outcomeOf(lookup: SessionLookup): Outcome {
  switch (lookup.kind) {
    case 'none':
      return noCredential
    case 'found':
      return lookup.setCookies.length === 0
        ? lookup.session.authenticated
        : { ...lookup.session.authenticated, setCookies: lookup.setCookies }
    case 'refused':
      return { ...rejected(lookup.reason, lookup.detail), isSession: true }
  }
}
