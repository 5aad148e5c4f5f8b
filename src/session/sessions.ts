/**
 * `session/` remembers who signed in, from one request of a browser to the next. Everything that it
 * keeps, or lets a browser keep, is sealed. This file is what the rest of Attaché sees of it;
 * `store.ts` is what a place to keep them must be able to do.
 */
import type { Authenticated } from '../authn/authenticator.ts'
import type { Awaitable } from '../awaitable.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { UserInfo } from '../user.ts'

/** A session that may be used now. The object is the same for the same session while it is kept. */
export interface Session {
  readonly authenticated: Authenticated
  /** `signIn.providers[].id` of who vouched for the user. */
  readonly provider: string
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
  /** From then on the provider is asked again; undefined: never. */
  readonly refreshAtMs: number | undefined
}

/** What a sign-in found out, or a refresh found out anew. */
export interface NewSession {
  /** `signIn.providers[].id`. */
  readonly provider: string
  readonly user: UserInfo
  readonly email: string | undefined
  /** Kept only where the configuration sends it anywhere, or signs out at the provider with it. */
  readonly idToken: string
  /** `exp` of the ID token, milliseconds since the epoch. */
  readonly idTokenExpiresAtMs: number
  /**
   * What the next refresh shows; after one that brought none it is the old one (RFC 6749 §6). Undefined
   * when the provider gave none: the identity then lasts until the absolute end.
   */
  readonly refreshToken: string | undefined
  /** `sub` and `sid` of the ID token, which a logout token names; `sid` undefined when it had none. */
  readonly subject: string
  readonly providerSession: string | undefined
}

export type SessionLookup =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'found'
      readonly session: Session
      /** Whether some route wants an ID token that has ended, and that only a new sign-in brings back. */
      readonly signInHelps: boolean
      /** When it ends if it is not used; undefined: at its absolute end. */
      readonly idleEndsAtMs: number | undefined
      /** For the browser, with whatever answer it gets; empty unless something changed. */
      readonly setCookies: readonly HeaderLine[]
    }
  | {
      readonly kind: 'refused'
      readonly reason: 'credential-invalid' | 'credential-expired'
      /** For the log; never a part of the cookie. */
      readonly detail: string
    }

export type SavedSession =
  | { readonly kind: 'saved'; readonly setCookies: readonly HeaderLine[] }
  /** It would need this many bytes of cookies; nothing was saved. */
  | { readonly kind: 'too-large'; readonly bytes: number }

/** The sessions of everybody. Throws {@link DependencyError} when they cannot be asked. */
export interface Sessions {
  /**
   * The session that the request's `Cookie` header names: never one that has ended, by its absolute or
   * idle lifetime, at the provider, or by sign-out. One whose refresh is due is refreshed first; without an
   * answer of the provider it goes on as it is, and its ID token for as long as that is good.
   */
  readonly find: (request: SessionRequest) => Awaitable<SessionLookup>
  /** A new session, never the continuation of one that the request may carry, which ends. */
  readonly save: (session: NewSession, request: SessionRequest) => Promise<SavedSession>
  /** Ends what the request carries. */
  readonly end: (request: SessionRequest) => Promise<SignedOut>
  /** Ends sessions wherever their browsers are; throws TypeError where `canEndAll` is false. */
  readonly endAll: (whose: SessionsOf) => Promise<EndedAll>
  /** Whether sessions can be ended without their browsers: not where only a browser has them. */
  readonly canEndAll: boolean
  /** What cannot be reached, in words; readiness names it. */
  readonly missing: () => readonly string[]
  readonly close: () => Promise<void>
}

/** What is left to do when somebody has signed out: the sessions of the browser have ended. */
export interface SignedOut {
  /** The lines that remove the cookies, none when the request had none. */
  readonly setCookies: readonly HeaderLine[]
  /** What the provider may be told to forget, each of a session that has ended just now. */
  readonly refreshTokens: readonly IssuedRefreshToken[]
  /** The same of refreshes that were under way here: what comes of them comes too late. Never rejects. */
  readonly lateRefreshTokens: Promise<readonly IssuedRefreshToken[]>
}

/** A refresh token, and who gave it. */
export interface IssuedRefreshToken {
  /** `signIn.providers[].id`, in the configuration that there is. */
  readonly provider: string
  readonly refreshToken: string
}

/** Whom a logout token is about (OpenID Connect Back-Channel Logout 1.0 §2.4): at least one of the two. */
export interface SessionsOf {
  /** `signIn.providers[].id`. */
  readonly provider: string
  readonly subject: string | undefined
  readonly providerSession: string | undefined
  /** Unique for each logout token (its `jti`): one that has ended sessions already ends none again. */
  readonly logoutID: string
  /** How long `logoutID` must be remembered, milliseconds. */
  readonly rememberMs: number
}

/** `replayed`: the same logout token came before, and was followed. */
export type EndedAll = 'ended' | 'replayed'

/** What must be known of the request that carries a session, signs in or signs out. */
export interface SessionRequest {
  readonly cookieHeader: string | undefined
  /** The host that the browser sees, without port. */
  readonly hostname: string
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** Asks the provider again. Throws {@link DependencyError} when it gives no answer. */
export type Refresh = (session: RefreshableSession) => Promise<Refreshed>

export interface RefreshableSession {
  readonly provider: string
  readonly refreshToken: string
  readonly subject: string
  readonly providerSession: string | undefined
}

export type Refreshed =
  | { readonly kind: 'renewed'; readonly session: NewSession }
  /** New tokens without an ID token (OpenID Connect Core 1.0 §12.2): what is not here stays as it was. */
  | {
      readonly kind: 'continued'
      /** Asked for anew; undefined: the provider said nothing of who it is. */
      readonly identity: Pick<NewSession, 'user' | 'email'> | undefined
      readonly refreshToken: string
    }
  /** The provider gives no tokens for this one now, and does not say that the session is over. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The provider says that it is over (`invalid_grant`), or its answer is of somebody else. */
  | { readonly kind: 'ended'; readonly detail: string }

/** What became of a refresh: a metric label, and a line in the log. */
export type RefreshResult =
  | 'renewed'
  /** The provider says that the session is over. */
  | 'ended'
  /** No answer, or one that says nothing; the session goes on. */
  | 'failed'

/** Hears what happens to sessions besides the answer to a request. */
export interface SessionListener {
  readonly refreshed: (result: RefreshResult, about: { user: string; detail?: string }) => void
}
