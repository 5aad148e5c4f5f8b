import { randomUUID } from 'node:crypto'
import { freePort } from './free-port.ts'
import { type Redis, type RedisOptions, startRedis } from './redis.ts'
import { asList } from './redis-commands.ts'
import { settled } from './redis-settled.ts'

/** Primaries without replicas, each with a share of the slots. */
export interface RedisCluster {
  readonly nodes: readonly Redis[]
  /** The node that has the key's slot now. */
  readonly nodeOf: (key: string) => Promise<Redis>
  /** Moves the key's slot and what is in it, so that clients are told `MOVED`. */
  readonly moveSlotOf: (key: string, to: Redis) => Promise<void>
  readonly stop: () => Promise<void>
}

const slotCount = 16_384
/** A busy machine shall not be taken for a dead node. */
const nodeTimeoutMs = 2000

/** Starts three nodes, and resolves when each says that the cluster is whole. */
export async function startRedisCluster(
  options: Omit<RedisOptions, 'port' | 'adminPassword'>,
): Promise<RedisCluster> {
  const adminPassword = randomUUID()
  const config = [
    ...(options.config ?? []),
    'cluster-enabled yes',
    `cluster-node-timeout ${nodeTimeoutMs}`,
  ]
  const start = async () => {
    // The nodes talk to each other on this port + 10,000.
    const port = (await freePort()) - 10_000
    return startRedis({ ...options, adminPassword, config, port })
  }
  const nodes = await Promise.all([start(), start(), start()])
  const [first] = nodes
  for (const [index, node] of nodes.entries()) {
    const from = Math.ceil((slotCount * index) / nodes.length)
    const to = Math.ceil((slotCount * (index + 1)) / nodes.length)
    const slots = Array.from({ length: to - from }, (_, offset) => from + offset)
    await node.command('CLUSTER', 'ADDSLOTS', ...slots)
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
    if (node !== first) await node.command('CLUSTER', 'MEET', '127.0.0.1', first.port)
  }
  await settled('the cluster', async () => {
    const infos = await Promise.all(nodes.map(async (node) => node.command('CLUSTER', 'INFO')))
    return infos.every((info) => {
      const text = String(info)
      return text.includes('cluster_state:ok') && text.includes(`cluster_size:${nodes.length}`)
    })
  })

  const nodeOf = async (key: string) => {
    const slot = Number(await first.command('CLUSTER', 'KEYSLOT', key))
    const ranges = asList(await first.command('CLUSTER', 'SLOTS')).map(asList)
    const range = ranges.find(([from, to]) => slot >= Number(from) && slot <= Number(to))
    const port = Number(asList(range?.[2] ?? null)[1])
    const found = nodes.find((node) => node.port === port)
    if (found === undefined) throw new RangeError(`Cannot find the node of "${key}"`)
    return found
  }
  return {
    nodes,
    nodeOf,
    moveSlotOf: async (key, to) => {
      const from = await nodeOf(key)
      const slot = Number(await first.command('CLUSTER', 'KEYSLOT', key))
      const [source, target] = [
        String(await from.command('CLUSTER', 'MYID')),
        String(await to.command('CLUSTER', 'MYID')),
      ]
      await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
      await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
      const keys = asList(await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 1_000_000))
      const login = ['AUTH2', 'admin', adminPassword]
      const names = keys.map(String)
      if (names.length > 0) {
        await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, ...login, 'KEYS', ...names)
      }
      for (const node of new Set([to, from, ...nodes])) {
        await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', target)
      }
    },
    stop: async () => {
      await Promise.all(nodes.map(async (node) => node.stop()))
    },
  }
}
