import { DependencyError } from '../../errors.ts'
import type { OwnCookies } from '../own-cookies.ts'
import type { SessionRecord } from '../record.ts'
import type { SessionRequest } from '../sessions.ts'
import type { Loaded, LoadOptions, StoredSession } from '../store.ts'
import type { OutdatedCookie, RedisCookie } from './cookie.ts'
import type { RedisMemory } from './memory.ts'
import type { RedisIndex } from './session-index.ts'
import type { SessionKey } from './value.ts'

/** As `load` of a `SessionStore`. */
export type LoadFromRedis = (
  request: SessionRequest,
  options?: LoadOptions,
) => Loaded | Promise<Loaded>

export interface LoadFromRedisOptions {
  readonly memory: RedisMemory
  readonly index: Pick<RedisIndex, 'add'>
  readonly cookies: OwnCookies
  readonly cookie: Pick<RedisCookie, 'open'>
  /** Told what opens a record, before anybody gets it. */
  readonly onOpened: (record: SessionRecord, session: SessionKey) => void
}

const hasEnded: Loaded = { kind: 'refused', detail: 'has ended, or is not known' }
const doesNotOpen: Loaded = { kind: 'refused', detail: 'does not open' }

interface Found {
  readonly session: SessionKey
  readonly stored: StoredSession
}

/** Answers at once while Redis was asked for the session just now. */
export function createLoadFromRedis(options: LoadFromRedisOptions): LoadFromRedis {
  const { memory, index, cookies, cookie, onOpened } = options

  /** With a new cookie, as the old one is sealed with an old key. */
  const withNewCookie = async (
    { session, stored }: Found,
    { outdated, request }: { outdated: OutdatedCookie; request: SessionRequest },
  ): Promise<Loaded> => {
    const { record } = stored
    try {
      // The old key may be taken out of the file once no browser needs it; the index must not either.
      await index.add({ name: session.name, record, nowMs: request.nowMs })
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error
      return { kind: 'loaded', stored, setCookies: [] }
    }
    const { expiresAtMs } = record
    const held = cookies.hold(outdated.renewed(), { request, expiresAtMs })
    return { kind: 'loaded', stored, setCookies: held.kind === 'saved' ? held.setCookies : [] }
  }

  return (request, { isFresh = false } = {}) => {
    const { nowMs } = request
    const carried = cookies.read(request.cookieHeader)
    if (carried.kind !== 'value') return carried
    const opened = cookie.open(carried.value)
    if (opened === undefined) return doesNotOpen
    const { session, outdated } = opened
    const loaded = (stored: StoredSession): Loaded | Promise<Loaded> =>
      outdated === undefined
        ? { kind: 'loaded', stored, setCookies: [] }
        : withNewCookie({ session, stored }, { outdated, request })
    const recent = isFresh ? undefined : memory.recent(session.name, nowMs)
    if (recent !== undefined) return loaded(recent)
    return memory.load(session, { nowMs, isFresh }).then((stored) => {
      if (stored === undefined) return hasEnded
      onOpened(stored.record, session)
      return loaded(stored)
    })
  }
}
