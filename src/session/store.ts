/**
 * `session/` remembers who signed in, from one request of a browser to the next. Everything that it
 * keeps, or lets a browser keep, is sealed.
 */
import type { Authenticated } from '../authn/authenticator.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { UserInfo } from '../user.ts'

/** A session that may be used now. The object is the same for the same session while it is kept. */
export interface Session {
  readonly authenticated: Authenticated
  /** `signIn.provider.id` of who vouched for the user. */
  readonly provider: string
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
}

/** What a sign-in found out. */
export interface NewSession {
  readonly user: UserInfo
  readonly email: string | undefined
  /** Kept only when the configuration sends it anywhere. */
  readonly idToken: string
}

export type SessionLookup =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly session: Session }
  | {
      readonly kind: 'refused'
      readonly reason: 'credential-invalid' | 'credential-expired'
      /** For the log; never a part of the cookie. */
      readonly detail: string
    }

type SavedSession =
  | { readonly kind: 'saved'; readonly setCookies: readonly HeaderLine[] }
  /** It would need this many bytes of cookies; nothing was saved. */
  | { readonly kind: 'too-large'; readonly bytes: number }

/** Where sessions live. Throws {@link DependencyError} when it cannot be asked. */
export interface SessionStore {
  /** The session that the request's `Cookie` header names, never one past its expiry. */
  readonly find: (cookieHeader: string | undefined, nowMs: number) => Promise<SessionLookup>
  /** A new session, never the continuation of one that the request may carry. */
  readonly save: (session: NewSession, request: SessionRequest) => Promise<SavedSession>
  /** Ends what the request carries: the lines that remove its cookies, none when it has none. */
  readonly end: (request: Omit<SessionRequest, 'nowMs'>) => Promise<readonly HeaderLine[]>
}

/** What the store wants to know of the request that signs in or out. */
export interface SessionRequest {
  readonly cookieHeader: string | undefined
  /** The host that the browser sees, without port. */
  readonly hostname: string
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}
