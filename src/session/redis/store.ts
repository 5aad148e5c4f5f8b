/**
 * `session/redis/` keeps sessions in Redis. `connection.ts` breaks and heals, `commands.ts` says what is asked,
 * `value.ts` what stands there, `loading.ts` and `endings.ts` how a session is found and ended; this file makes a
 * store of them.
 */
import type { RedisConfig, SessionConfig } from '../../config/browser-types.ts'
import { DependencyError } from '../../errors.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { createOwnCookies } from '../own-cookies.ts'
import type { SessionRecord } from '../record.ts'
import type { Random } from '../seal.ts'
import type { SessionStore, StoredSession } from '../store.ts'
import { createRedisCommands } from './commands.ts'
import { connectRedis } from './connection.ts'
import { createRedisCookie } from './cookie.ts'
import { createRedisEndings } from './endings.ts'
import { createLoadFromRedis } from './loading.ts'
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
  const endings = createRedisEndings({ commands, memory, index, cookies, cookie })
  // Apart from the records, so that whoever prints one prints no key.
  const keysOf = new WeakMap<SessionRecord, SessionKey>()

  const sessionOf = ({ record }: StoredSession): SessionKey => {
    const session = keysOf.get(record)
    if (session === undefined) throw new TypeError('Cannot find a session: it is of another store')
    return session
  }
  const ttlMs = ({ expiresAtMs }: SessionRecord, nowMs: number): number =>
    Math.max(1, Math.min(expiresAtMs - nowMs, config.idleLifetimeMs ?? Number.POSITIVE_INFINITY))

  return {
    load: createLoadFromRedis({
      memory,
      index,
      cookies,
      cookie,
      onOpened: (record, session) => keysOf.set(record, session),
    }),

    create: async (record, request) => {
      const { nowMs } = request
      const { session, value: cookieValue } = cookie.create()
      const { name } = session
      const stored = { record, version: firstVersion, lastUsedAtMs: nowMs }
      const value = sealValue(stored, { session, random })
      if (value.length > maxValueBytes) return { kind: 'too-large', bytes: value.length }
      const held = cookies.hold(cookieValue, { request, expiresAtMs: record.expiresAtMs })
      if (held.kind === 'too-large') return held
      await endings.endCarried(request)
      await endings.makeRoomFor({ name, record, nowMs })
      await commands.create(name, { value, ttlMs: ttlMs(record, nowMs) })
      // A logout of the provider that came in between has not seen the session.
      if (!(await index.stands(name, record))) await endings.remove(name)
      else memory.remember(name, { value, stored, nowMs })
      keysOf.set(record, session)
      return held
    },

    replace: async (before, { record, request }) => {
      const { nowMs } = request
      const session = sessionOf(before)
      const { name } = session
      // The request that began a refresh may be older than others that came while it took its time.
      const lastUsedAtMs = Math.max(nowMs, memory.lastUsedAtMs(name))
      const stored = { record, version: before.version + 1, lastUsedAtMs }
      const value = sealValue(stored, { session, random })
      if (value.length > maxValueBytes) return { kind: 'too-large', bytes: value.length }
      if (record.providerSession !== before.record.providerSession) {
        await endings.makeRoomFor({ name, record, nowMs })
      }
      const next = { version: before.version, value, ttlMs: ttlMs(record, nowMs) }
      if (!(await commands.replace(name, next))) {
        memory.forget(name)
        return { kind: 'superseded' }
      }
      keysOf.set(record, session)
      memory.remember(name, { value, stored, nowMs })
      return { kind: 'replaced', stored, setCookies: [] }
    },

    touch: async (stored, { nowMs }) => {
      const { name } = sessionOf(stored)
      const { record, version } = stored
      const use = { record, nowMs }
      // Before Redis knows: of many requests at once one notes it.
      memory.use(name, use)
      const noted = { version, lastUsedAtMs: nowMs, ttlMs: ttlMs(record, nowMs) }
      if (await commands.touch(name, noted)) memory.use(name, use)
      else memory.forget(name)
      return []
    },

    lease: async (stored, forMs) => {
      const { name } = sessionOf(stored)
      const token = Buffer.from(random(16)).toString('base64url')
      if (!(await commands.lease(name, { token, forMs }))) return undefined
      return { release: () => commands.release(name, token).catch(ignoreUnavailable) }
    },

    drop: async (stored) => {
      const { name } = sessionOf(stored)
      memory.forget(name)
      await commands.removeVersion(name, stored.version)
      memory.forget(name)
    },

    end: async (request) => ({
      records: await endings.endCarried(request),
      setCookies: cookies.clear(request),
    }),

    endAll: createRedisLogout({ connection, index, remove: endings.remove }),
    missing: connection.missing,
    close: connection.close,
  }
}

/** A lease ends by itself. */
function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof DependencyError)) throw error
}
