import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '../../errors.ts'
import type { CountCall } from '../../outgoing-call.ts'
import type { RedisClient, RedisClientOptions } from './client.ts'
import { createCork } from './cork.ts'
import { redisFailure } from './failure.ts'
import { createRedisHealth, type RedisHealthOptions } from './health.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createReadyClient } from './ready-client.ts'

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
const closeWithinMs = 2000

/** Begins to connect, and goes on until it is closed. */
export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { now, onCall } = options
  const health = createRedisHealth(options)
  const cork = createCork()
  let isClosed = false
  let asking = 0

  const noteFailure = (error: unknown): void => {
    if (isClosed) return
    const wasWell = health.fault() === undefined
    health.noteTrouble(redisFailure(error).reason)
    if (wasWell) heartbeat.hasten()
  }
  const client = createReadyClient({
    ...options,
    timeoutMs: commandMs,
    onReady: () => void heartbeat.beat(),
    onClosed: () => {
      if (!isClosed) health.noteTrouble(health.fault() ?? 'no connection')
    },
    onFailure: noteFailure,
  })
  const heartbeat = createHeartbeat({
    health,
    // A write, for only that shows a full memory and a replica.
    probe: async (name, forMs) => (await client.now()?.set(name, '', 'PX', forMs)) !== undefined,
    onFailure: noteFailure,
  })

  /** The client; waits for it to connect, for as long as that is worth it. */
  const readyClient = async (untilMs: number): Promise<RedisClient> => {
    for (;;) {
      const ready = client.now()
      if (ready !== undefined) return ready
      const leftMs = Math.min(untilMs, health.patienceEndsMs()) - now()
      if (isClosed || leftMs <= 0) throw unavailable(health.fault() ?? 'no connection')
      await client.wait(leftMs)
    }
  }

  const attempt = async <T>(run: (client: RedisClient) => Promise<T>): Promise<T> => {
    const untilMs = now() + askMs
    for (;;) {
      const ready = client.now() ?? (await readyClient(untilMs))
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
      heartbeat.stop()
      client.close()
    },
  }
}

function unavailable(reason: string): DependencyError {
  return new DependencyError('session-store', `Cannot ask Redis for sessions: ${reason}`)
}
