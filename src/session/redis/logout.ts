import { hash } from 'node:crypto'
import type { EndedAll, SessionsOf } from '../sessions.ts'
import type { RedisCommands } from './commands.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisIndex } from './session-index.ts'

export interface RedisLogoutOptions {
  readonly connection: Pick<RedisConnection, 'ask'>
  readonly index: RedisIndex
  /** Ends one session, here and in Redis. */
  readonly remove: RedisCommands['remove']
}

/**
 * Ends the sessions that a provider names, those that are just being made too. Where it fails midway it
 * may be called again with the same `logoutID`: that is remembered once all is done.
 */
export function createRedisLogout({ connection, index, remove }: RedisLogoutOptions) {
  return async (whose: SessionsOf): Promise<EndedAll> => {
    const { provider, logoutID, rememberMs } = whose
    const digest = hash('sha256', JSON.stringify([provider, logoutID]), 'base64url')
    const key = `attache:logout:${digest}`
    if ((await connection.ask((client) => client.exists(key))) === 1) return 'replayed'
    const entries = await index.markEnded(whose)
    await Promise.all(entries.map(({ name }) => remove(name)))
    await index.remove(entries)
    await connection.ask((client) => client.set(key, '', 'PX', Math.ceil(rememberMs)))
    return 'ended'
  }
}
