/** How a Redis that runs fails its clients. Each of these has been the cause of an outage. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from './redis.ts'

/** Refuses every write with `OOM`, or takes them again; reads go on. */
export async function setOutOfMemory(redis: Redis, isFull: boolean): Promise<void> {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await redis.command('CONFIG', 'SET', 'maxmemory', isFull ? 1 : 0)
}

/**
 * Makes it a replica, which refuses every write with `READONLY`, or a primary again. Its primary does
 * not exist, so it keeps its data and serves it.
 */
export async function setReadOnly(redis: Redis, isReadOnly: boolean): Promise<void> {
  const primary = isReadOnly ? ['127.0.0.1', 1] : ['NO', 'ONE']
  await redis.command('REPLICAOF', ...primary)
}

/** Closes the connections of all clients, subscribers too. */
export async function dropClients(redis: Redis): Promise<void> {
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
}

/** Resolves when it has answered nobody for so long: a fork, a slow script, a machine that swaps. */
export async function pause(redis: Redis, milliseconds: number): Promise<void> {
  redis.freeze()
  try {
    await delay(milliseconds)
  } finally {
    redis.thaw()
  }
}
