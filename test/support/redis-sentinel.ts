import { randomUUID } from 'node:crypto'
import { type Redis, type RedisOptions, startRedis } from './redis.ts'
import { asList, type RedisReply } from './redis-commands.ts'
import { type RedisProcess, startRedisProcess } from './redis-process.ts'
import { settled } from './redis-settled.ts'

/** A primary, its replica, and the sentinels that watch them. */
export interface RedisSentinel {
  /** What the sentinels call the pair. */
  readonly name: string
  /** Both servers, whatever their parts are at present. */
  readonly servers: readonly [Redis, Redis]
  readonly sentinels: readonly RedisProcess[]
  /** The one that the sentinels send clients to now. */
  readonly primary: () => Promise<Redis>
  /** Swaps the parts, and resolves when the new primary takes writes. */
  readonly failOver: () => Promise<void>
  /**
   * Resolves when another one is the primary and takes writes, such as after `halt()` of this one.
   * When that comes back it takes itself for a primary too, until a sentinel says otherwise some ten
   * seconds later.
   */
  readonly failedOver: (from: Redis) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Those of both servers, and about the sentinels. */
export interface RedisSentinelOptions extends Omit<RedisOptions, 'port' | 'adminPassword'> {
  /** How many; a majority of them must agree that a primary is down. Default 1. */
  readonly sentinels?: number
  /** What clients of the sentinels themselves must say. Default: nothing. */
  readonly sentinelPassword?: string
  /**
   * How long a primary must be silent to be down. Default 2000. A sentinel asks once a second, and at
   * less than that it takes each new primary for dead, one after the other.
   */
  readonly downAfterMs?: number
}

const name = 'attache'

/** Starts the servers and sentinels, and resolves when a fail-over would work. */
export async function startRedisSentinel(options: RedisSentinelOptions): Promise<RedisSentinel> {
  const { sentinels: count = 1, sentinelPassword, downAfterMs = 2000, ...rest } = options
  const adminPassword = randomUUID()
  const first = await startRedis({ ...rest, adminPassword })
  const follow = [...(rest.config ?? []), `replicaof 127.0.0.1 ${first.port}`]
  const second = await startRedis({ ...rest, adminPassword, config: follow })
  const servers = [first, second] as const
  // A sentinel reads the list of replicas when it starts, and then every ten seconds.
  await settled('the replica', async () => {
    const info = await first.command('INFO', 'replication')
    return String(info).includes('state=online')
  })
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${first.port} ${Math.floor(count / 2) + 1}`,
    `sentinel auth-user ${name} admin`,
    `sentinel auth-pass ${name} ${adminPassword}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 5000`,
    ...(sentinelPassword === undefined ? [] : [`requirepass ${JSON.stringify(sentinelPassword)}`]),
  ]
  const login =
    sentinelPassword === undefined ? undefined : { user: 'default', password: sentinelPassword }
  const sentinels = await Promise.all(
    Array.from({ length: count }, async () =>
      startRedisProcess({ ...rest, login, lines, args: ['--sentinel'] }),
    ),
  )
  for (const sentinel of sentinels) {
    await settled('the sentinels', async () => {
      const about = await sentinel.command('SENTINEL', 'MASTER', name)
      const [replica = null] = asList(await sentinel.command('SENTINEL', 'REPLICAS', name))
      return (
        fieldOf(about, 'num-other-sentinels') === String(count - 1) &&
        fieldOf(replica, 'master-link-status') === 'ok'
      )
    })
  }

  const primary = async () => {
    for (const sentinel of sentinels) {
      const address = await sentinel
        .command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
        .catch(() => null)
      const port = Number(asList(address)[1])
      const found = servers.find((server) => server.port === port)
      if (found !== undefined) return found
    }
    throw new Error('Cannot find the primary: no sentinel answers')
  }
  const failedOver = async (from: Redis) =>
    settled('the fail-over', async () => {
      const to = await primary()
      if (to === from) return false
      const [role] = asList(await to.command('ROLE'))
      return role === 'master'
    })
  return {
    name,
    servers,
    sentinels,
    primary,
    failedOver,
    failOver: async () => {
      const from = await primary()
      const [sentinel] = sentinels
      // After the last fail-over the sentinel has to hear from the new replica first.
      await settled('a replica to promote', async () => {
        return (await sentinel?.command('SENTINEL', 'FAILOVER', name)) === 'OK'
      })
      await failedOver(from)
    },
    stop: async () => {
      await Promise.all([...sentinels, ...servers].map(async (each) => each.stop()))
    },
  }
}

/** The value after that name in a flat list of both. */
function fieldOf(reply: RedisReply, field: string): RedisReply | undefined {
  const list = asList(reply)
  return list[list.indexOf(field) + 1]
}
