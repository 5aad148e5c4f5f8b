import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { SessionConfig } from '../../../src/config/browser-types.ts'
import { createRedisStore, type RedisStoreOptions } from '../../../src/session/redis/store.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { type RedisVariant, redisConfig, sessionConfig } from '../../support/config.ts'
import type { StorePlace } from '../store-place.ts'

/** The rights in Redis that docs/sessions.md says are enough on one server, as a rule of its ACL. */
export async function documentedRights(): Promise<string> {
  const text = await readFile(new URL('../../../docs/sessions.md', import.meta.url), 'utf8')
  const [, rights] = /^ACL SETUSER attache on >PASSWORD (.*)$/m.exec(text) ?? []
  if (rights === undefined) throw new Error('Cannot read docs/sessions.md: it has no ACL SETUSER')
  return rights
}

/** What a test wants to differ. */
export interface StoreVariant extends Partial<Omit<RedisStoreOptions, 'config' | 'redis'>> {
  readonly config?: Partial<SessionConfig>
  readonly redis?: RedisVariant
}

/** Opens stores in one Redis; whatever was opened is closed after the tests of the file. */
export function redisStores(url: () => string) {
  const opened: SessionStore[] = []
  after(async () => {
    await Promise.all(opened.map(async (store) => store.close()))
  })
  const open = ({ config, redis, ...more }: StoreVariant = {}): SessionStore => {
    const store = createRedisStore({
      config: sessionConfig({ idleLifetimeMs: 3_600_000, ...config }),
      redis: redisConfig({ url: url(), ...redis }),
      random: randomBytes,
      now: Date.now,
      ...more,
    })
    opened.push(store)
    return store
  }
  const openPlace = async (variant: StoreVariant = {}): Promise<StorePlace> => {
    // Under other keys nothing of another place is found, so that places may be used side by side.
    const config = { keys: [randomBytes(32)], ...variant.config }
    // What the stores are told stands still but for what elapses; Redis has a clock of its own.
    let nowMs = Date.now()
    return {
      // A busy machine connects when it comes to it, and time is not up meanwhile.
      open: () => open({ ...variant, config, now: () => nowMs }),
      now: () => nowMs,
      elapse: async (ms) => {
        nowMs += ms
        await delay(ms)
      },
    }
  }
  return { open, openPlace }
}
