/**
 * `session/redis/` keeps sessions in Redis. `connection.ts` breaks and heals, `commands.ts` says what is asked,
 * `value.ts` what stands there; this file makes a store of them.
 */
import type { RedisConfig, SessionConfig } from '../../config/browser-types.ts'
import { DependencyError } from '../../errors.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { createOwnCookies } from '../own-cookies.ts'
import type { SessionRecord } from '../record.ts'
import type { Random } from '../seal.ts'
import type { SessionRequest } from '../sessions.ts'
import type { Loaded, SessionStore, StoredSession } from '../store.ts'
import { createRedisCommands } from './commands.ts'
import { connectRedis } from './connection.ts'
import { createRedisCookie, type OpenedCookie } from './cookie.ts'
import { createRedisLogout } from './logout.ts'
import { createRedisMemory } from './memory.ts'
import { createRedisIndex } from './session-index.ts'
import { type SessionKey, sealValue } from './value.ts'

export interface RedisStoreOptions {
  readonly config: SessionConfig
  readonly redis: RedisConfig
  readonly random: Random
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told when something is wrong with Redis, and, with undefined, when it is well again. */
  readonly onFault?: ((reason: string | undefined) => void) | undefined
  readonly onCall?: CountCall | undefined
}

/** A record that takes more is no session: some claim has grown without bound. */
const maxValueBytes = 512 * 1024
const firstVersion = 1

const hasEnded: Loaded = { kind: 'refused', detail: 'has ended, or is not known' }
const doesNotOpen: Loaded = { kind: 'refused', detail: 'does not open' }

/**
 * A {@link SessionStore} in Redis. The browser holds a sealed secret, and Redis what is sealed with a
 * key of that secret: a copy of the database opens nothing, with `session.keysFile` or without. What ends
 * elsewhere is used here for half a second more at most.
 */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { config, redis, random } = options
  const connection = connectRedis({ ...options, ...redis })
  const commands = createRedisCommands(connection)
  const index = createRedisIndex(connection, config.keys)
  const memory = createRedisMemory(commands.read)
  const cookies = createOwnCookies(config.cookie, config)
  const cookie = createRedisCookie(config.keys, random)
  // Apart from the records, so that whoever prints one prints no key.
  const keysOf = new WeakMap<SessionRecord, SessionKey>()

  const sessionOf = ({ record }: StoredSession): SessionKey => {
    const session = keysOf.get(record)
    if (session === undefined) throw new TypeError('Cannot find a session: it is of another store')
    return session
  }
  const ttlMs = ({ expiresAtMs }: SessionRecord, nowMs: number): number =>
    Math.max(1, Math.min(expiresAtMs - nowMs, config.idleLifetimeMs ?? Number.POSITIVE_INFINITY))

  const remove = async (name: string): Promise<void> => {
    memory.forget(name)
    await commands.remove(name)
    memory.forget(name)
  }
  const endSession = async (session: SessionKey, nowMs: number) => {
    const stored = await memory.load(session, { nowMs, isFresh: false })
    await remove(session.name)
    if (stored !== undefined) await index.remove(index.entriesOf(session.name, stored.record))
    return stored?.record
  }
  const endCarried = async ({ cookieHeader, nowMs }: SessionRequest) => {
    const opened = cookies.candidates(cookieHeader).map((value) => cookie.open(value)?.session)
    const sessions = new Map(opened.map((session) => [session?.name, session]))
    const ended = await Promise.all(
      [...sessions.values()].map(async (session) => session && endSession(session, nowMs)),
    )
    return ended.filter((record) => record !== undefined)
  }
  const addToIndex = async (name: string, record: SessionRecord, nowMs: number): Promise<void> => {
    const surplus = await index.add(name, record, nowMs)
    await Promise.all(surplus.map((entry) => remove(entry.name)))
    await index.remove(surplus)
  }

  /** The answer for a session, with a new cookie where the old one is sealed with an old key. */
  const loaded = (
    stored: StoredSession,
    opened: OpenedCookie,
    request: SessionRequest,
  ): Loaded | Promise<Loaded> =>
    opened.outdated === undefined
      ? { kind: 'loaded', stored, setCookies: [] }
      : withNewCookie(stored, opened, request)
  const withNewCookie = async (
    stored: StoredSession,
    { session, outdated }: OpenedCookie,
    request: SessionRequest,
  ): Promise<Loaded> => {
    const { record } = stored
    try {
      // The old key may be taken out of the file once no browser needs it; the index must not either.
      await index.add(session.name, record, request.nowMs)
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error
      return { kind: 'loaded', stored, setCookies: [] }
    }
    const held = cookies.hold(outdated?.renewed() ?? '', request, record.expiresAtMs)
    const setCookies = held.kind === 'saved' ? held.setCookies : []
    return { kind: 'loaded', stored, setCookies }
  }

  return {
    load: (request, { isFresh = false } = {}) => {
      const { nowMs } = request
      const carried = cookies.read(request.cookieHeader)
      if (carried.kind !== 'value') return carried
      const opened = cookie.open(carried.value)
      if (opened === undefined) return doesNotOpen
      const { session } = opened
      const recent = isFresh ? undefined : memory.recent(session.name, nowMs)
      if (recent !== undefined) return loaded(recent, opened, request)
      return memory.load(session, { nowMs, isFresh }).then((stored) => {
        if (stored === undefined) return hasEnded
        keysOf.set(stored.record, session)
        return loaded(stored, opened, request)
      })
    },

    create: async (record, request) => {
      const { nowMs } = request
      const { session, value } = cookie.create()
      const head = { version: firstVersion, lastUsedAtMs: nowMs }
      const sealed = sealValue(record, { session, head, random })
      if (sealed.length > maxValueBytes) return { kind: 'too-large', bytes: sealed.length }
      const held = cookies.hold(value, request, record.expiresAtMs)
      if (held.kind === 'too-large') return held
      await endCarried(request)
      await addToIndex(session.name, record, nowMs)
      await commands.create(session.name, sealed, ttlMs(record, nowMs))
      // A logout of the provider that came in between has not seen the session.
      if (!(await index.stands(session.name, record))) await remove(session.name)
      else memory.remember(session.name, sealed, { record, ...head }, nowMs)
      keysOf.set(record, session)
      return held
    },

    replace: async (stored, record, request) => {
      const { nowMs } = request
      const session = sessionOf(stored)
      const { name } = session
      // The request that began a refresh may be older than others that came while it took its time.
      const lastUsedAtMs = Math.max(nowMs, memory.lastUsedAtMs(name))
      const head = { version: stored.version + 1, lastUsedAtMs }
      const value = sealValue(record, { session, head, random })
      if (value.length > maxValueBytes) return { kind: 'too-large', bytes: value.length }
      if (record.providerSession !== stored.record.providerSession) {
        await addToIndex(name, record, nowMs)
      }
      const next = { version: stored.version, value, ttlMs: ttlMs(record, nowMs) }
      if (!(await commands.replace(name, next))) {
        memory.forget(name)
        return { kind: 'superseded' }
      }
      const replaced = { record, ...head }
      keysOf.set(record, session)
      memory.remember(name, value, replaced, nowMs)
      return { kind: 'replaced', stored: replaced, setCookies: [] }
    },

    touch: async (stored, { nowMs }) => {
      const { name } = sessionOf(stored)
      const { record, version } = stored
      // Before Redis knows: of many requests at once one notes it.
      memory.use(name, record, nowMs)
      const use = { version, lastUsedAtMs: nowMs, ttlMs: ttlMs(record, nowMs) }
      if (await commands.touch(name, use)) memory.use(name, record, nowMs)
      else memory.forget(name)
      return []
    },

    lease: async (stored, forMs) => {
      const { name } = sessionOf(stored)
      const token = Buffer.from(random(16)).toString('base64url')
      if (!(await commands.lease(name, token, Math.ceil(forMs)))) return undefined
      return { release: () => commands.release(name, token).catch(ignoreUnavailable) }
    },

    drop: async (stored) => {
      const { name } = sessionOf(stored)
      memory.forget(name)
      await commands.removeVersion(name, stored.version)
      memory.forget(name)
    },

    end: async (request) => ({
      records: await endCarried(request),
      setCookies: cookies.clear(request),
    }),

    endAll: createRedisLogout({ connection, index, remove }),
    missing: connection.missing,
    close: connection.close,
  }
}

/** A lease ends by itself. */
function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof DependencyError)) throw error
}
