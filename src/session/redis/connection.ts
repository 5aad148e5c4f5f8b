import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '../../errors.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { createRedisClient, type RedisClient, type RedisClientOptions } from './client.ts'
import { createCork } from './cork.ts'
import { redisFailure } from './failure.ts'
import { createRedisHealth, type RedisHealthOptions } from './health.ts'

/** The way to Redis. It breaks and heals by itself; whoever asks meanwhile waits a moment at most. */
export interface RedisConnection {
  /**
   * What Redis answers. Throws {@link DependencyError} without an answer: within three seconds, or at
   * once when it has been away for longer. What runs may run twice, so it must come to the same.
   */
  readonly ask: <T>(run: (client: RedisClient) => Promise<T>) => Promise<T>
  /** `Redis` and why, while it does not take what a session needs. */
  readonly missing: () => readonly string[]
  /** Waits for the answers that are still to come, two seconds at most. */
  readonly close: () => Promise<void>
}

export interface RedisConnectionOptions
  extends Omit<RedisClientOptions, 'timeoutMs'>,
    RedisHealthOptions {
  readonly onCall?: CountCall | undefined
}

/** How long one command may take: less than a check, so that there is time to say that it failed. */
const commandMs = 2000
const askMs = 3000
const pauseMs = 50
/** A bound for the memory that those who wait take, and those whose command is not answered yet. */
const maxAsking = 5000
const beatMs = 5000
const beatInTroubleMs = 500
const closeWithinMs = 2000

/** Begins to connect, and goes on until it is closed. */
export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { now, onCall } = options
  const health = createRedisHealth(options)
  const cork = createCork()
  const waiting = new Set<() => void>()
  let client: RedisClient | undefined
  let beating: NodeJS.Timeout | undefined
  let isClosed = false
  let asking = 0
  let beats = 0

  const beatLater = (): void => {
    clearTimeout(beating)
    if (isClosed) return
    const pause = health.fault() === undefined ? beatMs : beatInTroubleMs
    beating = setTimeout(() => void beat(), pause).unref()
  }
  const noteFailure = (error: unknown): void => {
    if (isClosed) return
    const wasWell = health.fault() === undefined
    health.noteTrouble(redisFailure(error).reason)
    if (wasWell) beatLater()
  }
  // A write, for only that shows a full memory and a replica; of ever another slot of a Cluster.
  const beat = async (): Promise<void> => {
    beats += 1
    try {
      if (client?.status === 'ready') {
        await client.set(`attache:probe:${beats % 64}`, '', 'PX', beatMs)
        health.noteHealth()
      }
    } catch (error) {
      noteFailure(error)
    }
    beatLater()
  }
  const start = async (): Promise<void> => {
    try {
      client = await createRedisClient({ ...options, timeoutMs: commandMs })
    } catch (error) {
      noteFailure(error)
      return
    }
    client.on('error', noteFailure)
    client.on('close', () => {
      if (!isClosed) health.noteTrouble(health.fault() ?? 'no connection')
    })
    client.on('ready', () => {
      for (const wake of waiting) wake()
      void beat()
    })
    if (isClosed) client.disconnect()
  }
  void start()

  const wait = (withinMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => wake(), withinMs)
      const wake = () => {
        clearTimeout(timer)
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
    })
  const readyClient = async (untilMs: number): Promise<RedisClient> => {
    for (;;) {
      if (client?.status === 'ready') return client
      const leftMs = Math.min(untilMs, health.patienceEndsMs()) - now()
      if (isClosed || leftMs <= 0) throw unavailable(health.fault() ?? 'no connection')
      await wait(leftMs)
    }
  }

  const attempt = async <T>(run: (client: RedisClient) => Promise<T>): Promise<T> => {
    const untilMs = now() + askMs
    for (;;) {
      const ready = client?.status === 'ready' ? client : await readyClient(untilMs)
      try {
        cork(ready)
        return await run(ready)
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) throw error
        const { reason, isPassing } = redisFailure(error)
        noteFailure(error)
        const givesUp = now() + pauseMs >= Math.min(untilMs, health.patienceEndsMs())
        if (!isPassing || givesUp) throw unavailable(reason)
        await delay(pauseMs)
      }
    }
  }

  return {
    ask: async (run) => {
      if (asking >= maxAsking) throw unavailable('too many wait for it already')
      asking += 1
      const startedMs = performance.now()
      try {
        const answer = await attempt(run)
        onCall?.('ok', { startedMs })
        return answer
      } catch (error) {
        onCall?.('error', { startedMs })
        throw error
      } finally {
        asking -= 1
      }
    },
    missing: () => {
      const fault = health.fault()
      return fault === undefined ? [] : [`Redis: ${fault}`]
    },
    close: async () => {
      const untilMs = now() + closeWithinMs
      const isBusy = () => asking > 0 && now() < untilMs
      while (isBusy()) await delay(pauseMs)
      isClosed = true
      clearTimeout(beating)
      client?.disconnect()
      for (const wake of waiting) wake()
    },
  }
}

function unavailable(reason: string): DependencyError {
  return new DependencyError('session-store', `Cannot ask Redis for sessions: ${reason}`)
}
