/** Runs tasks side by side, within bounds. */
export interface Slots {
  /**
   * Runs the task when a place is free, and undefined when too many wait already. Rejects with the
   * signal's reason when that comes before its turn.
   */
  readonly run: <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T> | undefined
}

export interface SlotsOptions {
  /** Tasks at the same time. */
  readonly running: number
  /** Tasks that wait for one of them to end; more are turned away. */
  readonly waiting: number
}

/**
 * A queue without a bound only moves an outage into memory: those who wait at its end have long given
 * up when their turn comes.
 */
export function createSlots({ running, waiting }: SlotsOptions): Slots {
  const queue = new Set<() => void>()
  let free = running

  function release(): void {
    const [next] = queue
    if (next === undefined) free += 1
    else next()
  }

  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = () => {
      queue.delete(proceed)
      reject(signal.reason instanceof Error ? signal.reason : new Error('it was given up'))
    }
    const proceed = () => {
      queue.delete(proceed)
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    queue.add(proceed)
    signal.addEventListener('abort', giveUp, { once: true })
    return promise
  }

  return {
    run: (task, signal) => {
      if (free === 0 && queue.size >= waiting) return undefined
      const isFree = free > 0
      if (isFree) free -= 1
      return (async () => {
        if (!isFree) await turn(signal)
        try {
          return await task()
        } finally {
          release()
        }
      })()
    },
  }
}
