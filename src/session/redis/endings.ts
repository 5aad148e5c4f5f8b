import type { OwnCookies } from '../own-cookies.ts'
import type { SessionRecord } from '../record.ts'
import type { SessionRequest } from '../sessions.ts'
import type { RedisCommands } from './commands.ts'
import type { RedisCookie } from './cookie.ts'
import type { RedisMemory } from './memory.ts'
import type { IndexedSession, RedisIndex } from './session-index.ts'
import type { SessionKey } from './value.ts'

/** Ends sessions in Redis and here. */
export interface RedisEndings {
  /** That one; the index still has it. */
  readonly remove: (name: string) => Promise<void>
  /** All that the request's cookies may mean: what they were last, of those that had not ended before. */
  readonly endCarried: (request: SessionRequest) => Promise<readonly SessionRecord[]>
  /** Puts a session into the index; those of the same person that are too many then end. */
  readonly makeRoomFor: (session: IndexedSession) => Promise<void>
}

export interface RedisEndingsOptions {
  readonly commands: Pick<RedisCommands, 'remove'>
  readonly memory: RedisMemory
  readonly index: RedisIndex
  readonly cookies: OwnCookies
  readonly cookie: RedisCookie
}

/** The {@link RedisEndings} of one store. */
export function createRedisEndings(options: RedisEndingsOptions): RedisEndings {
  const { commands, memory, index, cookies, cookie } = options

  const remove = async (name: string): Promise<void> => {
    memory.forget(name)
    await commands.remove(name)
    memory.forget(name)
  }

  const end = async (session: SessionKey, nowMs: number) => {
    const stored = await memory.load(session, { nowMs, isFresh: false })
    await remove(session.name)
    if (stored !== undefined) await index.remove(index.entriesOf(session.name, stored.record))
    return stored?.record
  }

  return {
    remove,
    endCarried: async ({ cookieHeader, nowMs }) => {
      const sessions = new Map<string, SessionKey>()
      for (const value of cookies.candidates(cookieHeader)) {
        const session = cookie.open(value)?.session
        if (session !== undefined) sessions.set(session.name, session)
      }
      const ended = await Promise.all([...sessions.values()].map((session) => end(session, nowMs)))
      return ended.filter((record) => record !== undefined)
    },
    makeRoomFor: async (session) => {
      const surplus = await index.add(session)
      await Promise.all(surplus.map(({ name }) => remove(name)))
      await index.remove(surplus)
    },
  }
}
