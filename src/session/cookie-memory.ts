import { LRUCache } from 'lru-cache'
import { atMost } from './at-most.ts'
import type { Lease, StoredSession } from './store.ts'

/** A session that a reply has put into new cookies. */
export interface Renewed {
  readonly stored: StoredSession
  /** What the cookies hold. */
  readonly sealed: string
}

/**
 * What one replica knows of sessions that browsers keep: what replaced an old cookie, until the browser
 * has it, and which have ended. It outlives a configuration, or else a reload would use a one-time
 * refresh token twice. Nothing of it is needed to believe a cookie.
 */
export interface CookieMemory {
  /** What replaced the one that a browser shows, if anything did. Notes that it shows the newest. */
  readonly newer: (shown: Renewed, nowMs: number) => Renewed | undefined
  readonly remember: (renewed: Renewed) => void
  /** Whether it has ended, or a later version of it is remembered. */
  readonly isSuperseded: (stored: StoredSession) => boolean
  /** When it was last used, as far as is known here; milliseconds since the epoch. */
  readonly lastUsedAtMs: (stored: StoredSession) => number
  /** Ends what has this version or an older one: another replica may have renewed it meanwhile. */
  readonly end: (stored: StoredSession, upToVersion: number) => void
  readonly hasEnded: (stored: StoredSession) => boolean
  readonly lease: (
    id: string,
    options: { readonly nowMs: number; readonly forMs: number },
  ) => Lease | undefined
}

/** Of renewed sessions: what one takes besides its cookies' length, and all together, bytes. */
const renewedBytes = 1_000
const maxRenewedBytes = 48 * 1024 * 1024

/** Ended ones that are remembered. */
const maxEnded = 200_000

/** How long requests may still arrive with the cookie that was in force when they were sent. */
const overlapMs = 60_000

interface Kept extends Renewed {
  untilMs: number
  isShown?: true
}

/** An empty {@link CookieMemory}. */
export function createCookieMemory(): CookieMemory {
  const renewals = new LRUCache<string, Kept>({
    maxSize: maxRenewedBytes,
    sizeCalculation: ({ sealed }) => renewedBytes + sealed.length,
  })
  const endings = new LRUCache<string, number>(atMost(maxEnded))
  const leases = new Map<string, { readonly untilMs: number }>()

  const hasEnded = ({ record, version }: StoredSession) => version <= (endings.get(record.id) ?? 0)

  const end = (id: string, upToVersion: number) => {
    endings.set(id, Math.max(endings.get(id) ?? 0, upToVersion))
  }

  /** The browser has it: whoever shows an older version after a while shows a copy, whose refresh token is spent. */
  const arrived = (kept: Kept, nowMs: number) => {
    kept.isShown = true
    kept.untilMs = Math.min(kept.untilMs, nowMs + overlapMs)
    end(kept.stored.record.id, kept.stored.version - 1)
  }

  return {
    newer: (shown, nowMs) => {
      const { id } = shown.stored.record
      const kept = renewals.get(id)
      if (kept === undefined) return undefined
      if (nowMs >= kept.untilMs) {
        renewals.delete(id)
        return undefined
      }
      const order = compare(kept.stored, shown.stored)
      if (order > 0) return kept
      // Another replica was last: older cookies may still be under way to here.
      if (order < 0) renewals.set(id, { ...shown, untilMs: nowMs + overlapMs })
      else if (kept.isShown !== true) arrived(kept, nowMs)
      return undefined
    },
    remember: (renewed) => {
      const { id, expiresAtMs } = renewed.stored.record
      renewals.set(id, { ...renewed, untilMs: expiresAtMs })
    },
    end: ({ record }, upToVersion) => end(record.id, upToVersion),
    lastUsedAtMs: ({ record, lastUsedAtMs }) =>
      Math.max(lastUsedAtMs, renewals.get(record.id)?.stored.lastUsedAtMs ?? 0),
    hasEnded,
    isSuperseded: (stored) =>
      hasEnded(stored) || (renewals.get(stored.record.id)?.stored.version ?? 0) > stored.version,
    lease: (id, { nowMs, forMs }) => {
      const held = leases.get(id)
      if (held !== undefined && nowMs < held.untilMs) return undefined
      const mine = { untilMs: nowMs + forMs }
      leases.set(id, mine)
      return {
        release: async () => {
          if (leases.get(id) === mine) leases.delete(id)
        },
      }
    },
  }
}

/** Above 0 when `a` came after `b`: by version, then by last use. */
function compare(a: StoredSession, b: StoredSession): number {
  return a.version - b.version || a.lastUsedAtMs - b.lastUsedAtMs
}
