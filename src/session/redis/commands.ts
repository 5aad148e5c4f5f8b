/** What is asked of Redis, each on one key, so that a Cluster needs to know nothing else about us. */
import type { RedisConnection } from './connection.ts'
import { encodeLastUse, encodeVersion } from './value.ts'

export interface RedisCommands {
  readonly read: (name: string) => Promise<Buffer | null>
  readonly create: (
    name: string,
    first: { readonly value: Buffer; readonly ttlMs: number },
  ) => Promise<void>
  /** Whether it was of this version until now, or is what it shall be already. */
  readonly replace: (
    name: string,
    next: { readonly version: number; readonly value: Buffer; readonly ttlMs: number },
  ) => Promise<boolean>
  /** Whether it is there in this version. */
  readonly touch: (
    name: string,
    use: { readonly version: number; readonly lastUsedAtMs: number; readonly ttlMs: number },
  ) => Promise<boolean>
  readonly remove: (name: string) => Promise<void>
  /** Nothing when it has another version by now. */
  readonly removeVersion: (name: string, version: number) => Promise<void>
  /** Whether `token` holds the lease now. */
  readonly lease: (
    name: string,
    wanted: { readonly token: string; readonly forMs: number },
  ) => Promise<boolean>
  readonly release: (name: string, token: string) => Promise<void>
}

// A replica that takes over the data of a new primary has nothing meanwhile, and says so: that nothing is
// there is believed of a server alone that takes a write, if only of nothing. A script that has begun to
// write may also go on where memory is full, so that a refresh is not lost. And as a command whose answer
// was lost is sent again, each script comes to the same the second time.
const onPrimary = `redis.call('DEL', KEYS[2])`

const replaceScript = `${onPrimary}
if redis.call('GETRANGE', KEYS[1], 1, 4) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
if redis.call('GET', KEYS[1]) == ARGV[2] then return 1 end
return 0`

const touchScript = `${onPrimary}
if redis.call('GETRANGE', KEYS[1], 1, 4) ~= ARGV[1] then return 0 end
redis.call('SETRANGE', KEYS[1], 5, ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

const removeVersionScript = `${onPrimary}
if redis.call('GETRANGE', KEYS[1], 1, 4) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

const leaseScript = `
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`

const releaseScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/** The braces are a hash tag: all keys of one session are in one slot of a Cluster. */
const keyOf = (name: string): string => `attache:{${name}}`
const leaseOf = (name: string): string => `${keyOf(name)}:lease`
/** Never there. */
const nothingOf = (name: string): string => `${keyOf(name)}:none`

interface ScriptInput {
  readonly name: string
  /** Default: that of the session itself. */
  readonly key?: string
  readonly args: readonly (string | number | Buffer)[]
}

/** {@link RedisCommands} over a connection; every method throws as its `ask` does. */
export function createRedisCommands({ ask }: Pick<RedisConnection, 'ask'>): RedisCommands {
  const run = async (
    script: string,
    { name, key = keyOf(name), args }: ScriptInput,
  ): Promise<boolean> => {
    const answer = await ask(async (client) =>
      client.eval(script, 2, key, nothingOf(name), ...args),
    )
    return answer === 1
  }
  return {
    read: (name) =>
      ask(async (client) => {
        const value = await client.getBuffer(keyOf(name))
        if (value === null) await client.del(nothingOf(name))
        return value
      }),
    create: async (name, { value, ttlMs }) => {
      await ask((client) => client.set(keyOf(name), value, 'PX', ttlMs))
    },
    replace: (name, { version, value, ttlMs }) =>
      run(replaceScript, { name, args: [encodeVersion(version), value, ttlMs] }),
    touch: (name, { version, lastUsedAtMs, ttlMs }) => {
      const args = [encodeVersion(version), encodeLastUse(lastUsedAtMs), ttlMs]
      return run(touchScript, { name, args })
    },
    remove: async (name) => {
      await ask((client) => client.del(keyOf(name)))
    },
    removeVersion: async (name, version) => {
      await run(removeVersionScript, { name, args: [encodeVersion(version)] })
    },
    lease: (name, { token, forMs }) =>
      run(leaseScript, { name, key: leaseOf(name), args: [token, Math.ceil(forMs)] }),
    release: async (name, token) => {
      await run(releaseScript, { name, key: leaseOf(name), args: [token] })
    },
  }
}
