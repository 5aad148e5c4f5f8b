import type { Schedule } from '../authn/schedule.ts'
import { DependencyError } from '../errors.ts'
import { type RecordOptions, refreshedRecord } from './make-record.ts'
import { jittered } from './refresh-time.ts'
import type { Refresh, SessionListener, SessionRequest } from './sessions.ts'
import type { SessionStore, StoredSession } from './store.ts'

export interface RenewalOptions extends RecordOptions {
  readonly store: SessionStore
  readonly refresh: Refresh
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly schedule: Schedule
  readonly listener: SessionListener
}

/** How one attempt to renew a session went. */
export type RenewalResult =
  /** The store has a newer version, or has the session no more: it is to be loaded again. */
  | 'settled'
  /** The provider says that it is over. */
  | 'ended'
  /** Nobody knows: it goes on as it is. */
  | 'failed'
  /** The provider has answered, and gives nothing new for it: it goes on as it is. */
  | 'refused'
  /** Another replica has been at it for all the time that a request waits. */
  | 'elsewhere'

/** What is to be renewed, and for whom. */
export interface Renewing {
  readonly stored: StoredSession
  readonly request: SessionRequest
  /** Told the refresh token that the provider gives in place of the old one, whether it is kept or not. */
  readonly onIssued: (refreshToken: string) => void
}

/** Attempts to renew a session, once. Never rejects. */
export type Renew = (renewing: Renewing) => Promise<RenewalResult>

/**
 * How long a request waits for a refresh. A provider in good health answers well within it, a lost
 * packet and a new TLS connection included; and it leaves most of the 8 s that a check may take, and
 * enough of the 4 s that it may take where Envoy is set to 5 s.
 */
export const patienceMs = 2_000

/**
 * How long one replica may be at it, longer than a token endpoint is given (10 s). If it is killed,
 * the others take over after this; until then they go on with the session as it is.
 */
const leaseMs = 30_000

/** How often a replica without the lease looks whether the other one is ready. */
const pollMs = 150

/**
 * A one-time refresh token is spent once the provider has answered, so what it answered is kept until the
 * store takes it: a Redis that restarts is back by then.
 */
const retryStoreMs = 500
const retryStoreForMs = 60_000

/** A {@link Renew} that holds the store's lease while it asks the provider. */
export function createRenew(options: RenewalOptions): Renew {
  const { store, refresh, now, random, schedule, listener } = options

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      schedule(jittered(ms, random), resolve)
    })

  /** What the store has by now, for the same browser. */
  const isSettled = async ({ stored, request }: Renewing): Promise<boolean> => {
    const loaded = await store.load(request, { isFresh: true })
    return loaded.kind !== 'loaded' || loaded.stored.version > stored.version
  }

  const waitForOther: Renew = async (renewing) => {
    const untilMs = now() + patienceMs
    while (now() < untilMs) {
      await pause(pollMs)
      if (await isSettled(renewing)) return 'settled'
    }
    return 'elsewhere'
  }

  const insist = async <T>(attempt: () => T | Promise<T>): Promise<T> => {
    const untilMs = now() + retryStoreForMs
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof DependencyError) || now() >= untilMs) throw error
      }
      await pause(retryStoreMs)
    }
  }

  const end = (stored: StoredSession, detail: string): RenewalResult => {
    listener.refreshed('ended', { user: stored.record.user.name, detail })
    // Requests that wait must not go on because the store is away just now.
    insist(() => store.drop(stored)).catch(() => {})
    return 'ended'
  }

  const askProvider: Renew = async ({ stored, request, onIssued }) => {
    const { provider, refreshToken, subject, providerSession, user } = stored.record
    if (refreshToken === undefined) return 'failed'
    const answer = await refresh({ provider, refreshToken, subject, providerSession })
    if (answer.kind === 'ended') return end(stored, answer.detail)
    if (answer.kind === 'refused') {
      listener.refreshed('failed', { user: user.name, detail: answer.detail })
      return 'refused'
    }
    if (answer.kind === 'renewed' && answer.session.subject !== subject) {
      return end(stored, 'the answer is about somebody else')
    }
    const record = refreshedRecord(stored.record, { ...options, answer, nowMs: now() })
    if (record.refreshToken !== undefined) onIssued(record.refreshToken)
    const replaced = await insist(() => store.replace(stored, { record, request }))
    switch (replaced.kind) {
      case 'replaced':
        listener.refreshed('renewed', { user: record.user.name })
        return 'settled'
      case 'superseded':
        listener.refreshed('failed', {
          user: user.name,
          detail: 'it was renewed or ended elsewhere',
        })
        return 'settled'
      case 'too-large':
        // The provider says who it is now: going on as somebody of an hour ago would be untrue.
        return end(stored, `it would take ${replaced.bytes} bytes of cookies`)
    }
  }

  const attempt: Renew = async (renewing) => {
    const lease = await store.lease(renewing.stored, leaseMs)
    if (lease === undefined) return waitForOther(renewing)
    try {
      // Whoever had the lease before may have renewed it.
      return (await isSettled(renewing)) ? 'settled' : await askProvider(renewing)
    } finally {
      // It ends by itself if the store cannot be reached.
      await Promise.resolve(lease.release()).catch(() => {})
    }
  }

  return async (renewing) => {
    try {
      return await attempt(renewing)
    } catch (error) {
      const user = renewing.stored.record.user.name
      listener.refreshed('failed', { user, detail: detailOf(error) })
      return 'failed'
    }
  }
}

/** Only our own errors are known to hold no secret. */
function detailOf(error: unknown): string {
  if (error instanceof DependencyError) return error.message
  return error instanceof Error ? `an unexpected ${error.name}` : 'an unknown failure'
}
