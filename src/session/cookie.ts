import type { SessionConfig } from '../config/browser-types.ts'
import type { CookieMemory } from './cookie-memory.ts'
import { createCookieValues } from './cookie-values.ts'
import { createOwnCookies } from './own-cookies.ts'
import type { SessionRecord } from './record.ts'
import type { Random } from './seal.ts'
import type { SavedSession, SessionRequest } from './sessions.ts'
import type { Ended, Loaded, SessionStore, StoredSession } from './store.ts'

export interface CookieStoreOptions {
  readonly config: SessionConfig
  readonly random: Random
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Handed on from one configuration to the next. */
  readonly memory: CookieMemory
}

const hasEnded: Loaded = { kind: 'refused', detail: 'has ended' }

/**
 * A {@link SessionStore} that keeps nothing: the session is sealed into the browser's cookies. What it
 * remembers besides holds within this replica alone, so a copied cookie is good until its session's end.
 */
export function createCookieStore(options: CookieStoreOptions): SessionStore {
  const { config, random, now, memory } = options
  const cookies = createOwnCookies(config.cookie, config)
  const values = createCookieValues({ keys: config.keys, random })
  const isEverRenewed = config.idleLifetimeMs !== undefined || config.cookie.refresh

  /** Seals what is to take the place of an older cookie; the very object is found again. */
  const renew = (stored: StoredSession, request: SessionRequest): SavedSession => {
    const sealed = values.seal(stored)
    const held = cookies.hold(sealed, { request, expiresAtMs: stored.record.expiresAtMs })
    if (held.kind === 'too-large') return held
    values.keep(sealed, stored)
    memory.remember({ stored, sealed })
    return held
  }

  /**
   * Ends what the request carries. An answer that is still under way may bring the browser a renewed cookie
   * of it, and only this replica remembers the end; so the browser tells the others.
   */
  const forget = (request: SessionRequest): Ended => {
    const ids: string[] = []
    const records: SessionRecord[] = []
    for (const sealed of cookies.candidates(request.cookieHeader)) {
      const shown = values.open(sealed)
      if (shown === undefined) continue
      ids.push(shown.record.id)
      if (memory.hasEnded(shown)) continue
      const { stored } = memory.newer({ stored: shown, sealed }, request.nowMs) ?? { stored: shown }
      memory.end(stored, Number.POSITIVE_INFINITY)
      records.push(stored.record)
    }
    return { setCookies: isEverRenewed ? cookies.markEnded(ids, request) : [], records }
  }

  return {
    load: (request) => {
      const carried = cookies.read(request.cookieHeader)
      if (carried.kind !== 'value') return carried
      const stored = values.open(carried.value)
      if (stored === undefined) return { kind: 'refused', detail: 'does not open' }
      if (carried.endedIDs.includes(stored.record.id)) return hasEnded
      const newer = memory.newer({ stored, sealed: carried.value }, request.nowMs)
      if (memory.hasEnded(newer?.stored ?? stored)) return hasEnded
      if (newer === undefined) return { kind: 'loaded', stored, setCookies: [] }
      // The old user must be in no cache from now on.
      values.forget(carried.value)
      const held = cookies.hold(newer.sealed, {
        request,
        expiresAtMs: newer.stored.record.expiresAtMs,
      })
      const setCookies = held.kind === 'saved' ? held.setCookies : []
      return { kind: 'loaded', stored: newer.stored, setCookies }
    },

    create: (record, request) => {
      const sealed = values.seal({ record, version: 1, lastUsedAtMs: request.nowMs })
      const held = cookies.hold(sealed, { request, expiresAtMs: record.expiresAtMs })
      if (held.kind !== 'saved') return held
      return { kind: 'saved', setCookies: [...held.setCookies, ...forget(request).setCookies] }
    },

    replace: (stored, { record, request }) => {
      if (memory.isSuperseded(stored)) return { kind: 'superseded' }
      // The request that began a refresh may be older than others that came while it took its time.
      const lastUsedAtMs = Math.max(request.nowMs, memory.lastUsedAtMs(stored))
      const next = { record, version: stored.version + 1, lastUsedAtMs }
      const held = renew(next, request)
      return held.kind === 'too-large'
        ? held
        : { kind: 'replaced', stored: next, setCookies: held.setCookies }
    },

    touch: (stored, request) => {
      if (memory.isSuperseded(stored)) return []
      const held = renew({ ...stored, lastUsedAtMs: request.nowMs }, request)
      return held.kind === 'saved' ? held.setCookies : []
    },

    lease: ({ record }, forMs) => memory.lease(record.id, { nowMs: now(), forMs }),
    drop: (stored) => memory.end(stored, stored.version),
    end: (request) => {
      const { setCookies, records } = forget(request)
      return { setCookies: [...cookies.clear(request), ...setCookies], records }
    },
    endAll: undefined,
    missing: () => [],
    close: async () => {},
  }
}
