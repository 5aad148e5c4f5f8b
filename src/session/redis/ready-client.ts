import { createRedisClient, type RedisClient, type RedisClientOptions } from './client.ts'

/** The client, once it is connected. */
export interface ReadyClient {
  /** Undefined while it is not connected. */
  readonly now: () => RedisClient | undefined
  /** Resolves when it is connected or closed, or so many milliseconds have passed. */
  readonly wait: (withinMs: number) => Promise<void>
  readonly close: () => void
}

export interface ReadyClientOptions extends RedisClientOptions {
  readonly onReady: () => void
  readonly onClosed: () => void
  readonly onFailure: (error: unknown) => void
}

/** Begins to connect, and goes on until it is closed. */
export function createReadyClient(options: ReadyClientOptions): ReadyClient {
  const { onReady, onClosed, onFailure } = options
  const waiting = new Set<() => void>()
  let client: RedisClient | undefined
  let isClosed = false

  const wakeAll = () => {
    for (const wake of waiting) wake()
  }
  const start = async (): Promise<void> => {
    client = await createRedisClient(options)
    client.on('error', onFailure)
    client.on('close', onClosed)
    client.on('ready', () => {
      wakeAll()
      onReady()
    })
    if (isClosed) client.disconnect()
  }
  void start().catch(onFailure)

  return {
    now: () => (client?.status === 'ready' ? client : undefined),
    wait: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => wake(), withinMs)
        const wake = () => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      }),
    close: () => {
      isClosed = true
      client?.disconnect()
      wakeAll()
    },
  }
}
