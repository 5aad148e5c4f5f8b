import { LRUCache } from 'lru-cache'
import { atMost } from './at-most.ts'
import { goodUntil, jittered } from './refresh-time.ts'
import { createRenew, patienceMs, type RenewalOptions, type RenewalResult } from './renewal.ts'
import type { SessionRequest } from './sessions.ts'
import type { StoredSession } from './store.ts'

/** Renews sessions of one replica, each by one attempt at a time. */
export interface Renewals {
  /** Whether a request is to wait for {@link Renewals.renew}. */
  readonly isDue: (stored: StoredSession, nowMs: number) => boolean
  /**
   * Joins the attempt that is under way, or begins one. No request that goes away stops it, and none waits
   * for it longer than {@link patienceMs} after it began: `late` then.
   */
  readonly renew: (
    stored: StoredSession,
    request: SessionRequest,
  ) => Promise<RenewalResult | 'late'>
  /**
   * Of a session whose ID token has ended: whether asking the provider may still bring a new one, now or
   * when it answers again.
   */
  readonly mayHelp: (stored: StoredSession, nowMs: number) => boolean
  /** Whether the provider has ended it, whatever the store says by now. */
  readonly hasEnded: (stored: StoredSession) => boolean
  /**
   * The attempts that are under way, by the session's `id`: each comes to the refresh token that the provider
   * gave, whether the store took it or not, or to undefined. None rejects.
   */
  readonly underWay: () => ReadonlyMap<string, Promise<string | undefined>>
  /** Waits for what is under way, for a while: a spent refresh token would be lost with it. */
  readonly close: () => Promise<void>
}

/** Before another attempt when the provider gave nothing: an absent one costs next to nothing. */
const retryMs = { failed: 30_000, refused: 30_000, elsewhere: 5_000 }

/** The same where some requests are denied until it gives an ID token. */
const retryUrgentMs = 10_000

/** Bounds of what is remembered, by number. */
const maxPauses = 100_000
const maxEndings = 100_000

const closeWithinMs = 5_000

interface Pause {
  readonly untilMs: number
  readonly version: number
  readonly isRefused: boolean
}

interface Attempt {
  readonly done: Promise<RenewalResult>
  readonly late: Promise<'late'>
  /** What the provider gives. */
  readonly issued: Promise<string | undefined>
  isLate: boolean
}

/** The {@link Renewals} of one store. */
export function createRenewals(options: RenewalOptions): Renewals {
  const { now, random, schedule, sendIDToken } = options
  const attempt = createRenew(options)
  const running = new Map<string, Attempt>()
  const pauses = new LRUCache<string, Pause>(atMost(maxPauses))
  const endings = new LRUCache<string, number>(atMost(maxEndings))

  /** Of this very version: what another replica has renewed meanwhile is no longer in question. */
  const pauseOf = ({ record, version }: StoredSession): Pause | undefined => {
    const pause = pauses.get(record.id)
    return pause !== undefined && version <= pause.version ? pause : undefined
  }

  const pauseAfter = (result: keyof typeof retryMs, { record }: StoredSession): number => {
    const { idTokenExpiresAtMs } = record
    const usualMs = retryMs[result]
    if (result !== 'failed' || !sendIDToken || idTokenExpiresAtMs === undefined) return usualMs
    const goodForMs = goodUntil(idTokenExpiresAtMs) - now()
    return Math.max(retryUrgentMs, Math.min(usualMs, goodForMs))
  }

  /** For those that come after the attempt. */
  const remember = (result: RenewalResult, stored: StoredSession): void => {
    const { record, version } = stored
    if (result === 'ended') endings.set(record.id, version)
    if (result === 'failed' || result === 'refused' || result === 'elsewhere') {
      const untilMs = now() + jittered(pauseAfter(result, stored), random)
      pauses.set(record.id, { untilMs, version, isRefused: result === 'refused' })
    }
  }

  const begin = (stored: StoredSession, request: SessionRequest): Attempt => {
    const { id } = stored.record
    const late = Promise.withResolvers<'late'>()
    const giveUp = schedule(patienceMs, () => {
      begun.isLate = true
      late.resolve('late')
    })
    let issued: string | undefined
    const onIssued = (refreshToken: string) => {
      issued = refreshToken
    }
    const done = attempt({ stored, request, onIssued }).then((result) => {
      giveUp()
      running.delete(id)
      remember(result, stored)
      return result
    })
    const begun: Attempt = {
      done,
      late: late.promise,
      issued: done.then(() => issued),
      isLate: false,
    }
    running.set(id, begun)
    return begun
  }

  return {
    isDue: (stored, nowMs) => {
      const { id, refreshToken, refreshAtMs } = stored.record
      if (refreshToken === undefined || refreshAtMs === undefined) return false
      if (nowMs < refreshAtMs || running.get(id)?.isLate === true) return false
      return nowMs >= (pauseOf(stored)?.untilMs ?? 0)
    },
    renew: (stored, request) => {
      const { done, late } = running.get(stored.record.id) ?? begin(stored, request)
      return Promise.race([done, late])
    },
    mayHelp: (stored, nowMs) => {
      const { refreshToken, refreshAtMs } = stored.record
      // The provider's last word on this version may be that it gives nothing new for it.
      if (refreshToken === undefined || pauseOf(stored)?.isRefused === true) return false
      // It was due before the token's end. If it is not due any more, the answer had no ID token.
      return refreshAtMs !== undefined && nowMs >= refreshAtMs
    },
    hasEnded: ({ record, version }) =>
      endings.size > 0 && version <= (endings.get(record.id) ?? -1),
    underWay: () => new Map([...running].map(([id, { issued }]) => [id, issued])),
    close: async () => {
      const enough = new Promise<void>((resolve) => {
        schedule(closeWithinMs, resolve)
      })
      const all = Promise.all([...running.values()].map(({ done }) => done))
      await Promise.race([all, enough])
    },
  }
}
