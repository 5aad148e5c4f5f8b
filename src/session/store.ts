/**
 * Where sessions are kept. `create-sessions.ts` decides when one ends or is refreshed; a store only keeps.
 * Every method throws {@link DependencyError} when the store gives no answer.
 */
import type { Awaitable } from '../awaitable.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { SessionRecord } from './record.ts'
import type { EndedAll, SavedSession, SessionRequest, SessionsOf } from './sessions.ts'

/** A session as the store has it. */
export interface StoredSession {
  /** The very object for the same version while it is kept, also when it was used meanwhile. */
  readonly record: SessionRecord
  /** Grows with each {@link SessionStore.replace}. */
  readonly version: number
  /** When it was last used, as far as the store knows; milliseconds since the epoch. */
  readonly lastUsedAtMs: number
}

export type Loaded =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'loaded'
      readonly stored: StoredSession
      /** For a browser that still has an older version. */
      readonly setCookies: readonly HeaderLine[]
    }
  /** There is a cookie, and it is no session of ours (any more). */
  | { readonly kind: 'refused'; readonly detail: string }

export type Replaced =
  | {
      readonly kind: 'replaced'
      readonly stored: StoredSession
      readonly setCookies: readonly HeaderLine[]
    }
  /** Somebody else was faster, or it has ended meanwhile: what is there now is loaded again. */
  | { readonly kind: 'superseded' }
  /** It does not fit; the old one stays. */
  | { readonly kind: 'too-large'; readonly bytes: number }

/** The right to refresh one session, for a bounded time. */
export interface Lease {
  readonly release: () => Promise<void>
}

export interface LoadOptions {
  /** Past what this process remembers of the store. Default: false. */
  readonly isFresh?: boolean
}

/** What has ended because a request wanted it. */
export interface Ended {
  /** The lines that remove the cookies, none when the request had none. */
  readonly setCookies: readonly HeaderLine[]
  /** Of the sessions that have ended just now, as they were last; not of one that had ended before. */
  readonly records: readonly SessionRecord[]
}

export interface SessionStore {
  readonly load: (request: SessionRequest, options?: LoadOptions) => Awaitable<Loaded>
  readonly create: (record: SessionRecord, request: SessionRequest) => Awaitable<SavedSession>
  /**
   * Only in place of the very version of `stored` (fencing): a late holder of a lease changes nothing.
   * That it was used since `request` stays known.
   */
  readonly replace: (
    stored: StoredSession,
    by: { readonly record: SessionRecord; readonly request: SessionRequest },
  ) => Awaitable<Replaced>
  /**
   * Notes that it is in use; the lines for the browser, if the browser is what notes it. No request
   * waits for a store that answers later, or goes wrong because it gives no answer.
   */
  readonly touch: (
    stored: StoredSession,
    request: SessionRequest,
  ) => Awaitable<readonly HeaderLine[]>
  /** The right to refresh, among all replicas that share the store; undefined: another one has it. */
  readonly lease: (stored: StoredSession, forMs: number) => Awaitable<Lease | undefined>
  /**
   * Ends one session whose cookie may still be shown, because the provider said so. Only the very
   * version of `stored` (fencing): one that somebody else has renewed meanwhile stays.
   */
  readonly drop: (stored: StoredSession) => Awaitable<void>
  /** Ends what the request carries. */
  readonly end: (request: SessionRequest) => Awaitable<Ended>
  /** Undefined where only browsers have the sessions. */
  readonly endAll: ((whose: SessionsOf) => Promise<EndedAll>) | undefined
  readonly missing: () => readonly string[]
  readonly close: () => Promise<void>
}
