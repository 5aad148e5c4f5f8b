/** Runs tasks side by side, within bounds. */
export interface Slots {
  /**
   * Runs the task when a place is free, and undefined when too many wait already. Rejects with the
   * signal's reason when that comes before its turn, and with a {@link TurnedAway} when another source
   * has a better right to the place in which it waits.
   */
  readonly run: <T>(task: () => Promise<T>, options: RunOptions) => Promise<T> | undefined
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Who wants it: sources take turns, however many tasks each has. Default: one for all. */
  readonly source?: string
}

export interface SlotsOptions {
  /** Tasks at the same time. */
  readonly running: number
  /** Tasks that wait for one of them to end; more are turned away. */
  readonly waiting: number
}

/** Nothing was begun: too many wait. */
export class TurnedAway extends Error {
  override readonly name = 'TurnedAway'
}

interface Waiting {
  readonly proceed: () => void
  readonly turnAway: () => void
}

/**
 * A queue without a bound only moves an outage into memory: those who wait at its end have long given
 * up when their turn comes. Where it is full, whoever has the most in it makes way, so that a few who
 * ask much do not shut out everybody else.
 */
export function createSlots({ running, waiting }: SlotsOptions): Slots {
  /** In the order of turns; none is empty. */
  const lanes = new Map<string, Set<Waiting>>()
  let free = running
  let queued = 0

  function leave(source: string, place: Waiting): void {
    const lane = lanes.get(source)
    if (lane?.delete(place) !== true) return
    queued -= 1
    if (lane.size === 0) lanes.delete(source)
  }

  function release(): void {
    const [first] = lanes
    if (first === undefined) {
      free += 1
      return
    }
    const [source, lane] = first
    const [next] = lane
    // Behind all others.
    lanes.delete(source)
    lanes.set(source, lane)
    next?.proceed()
  }

  /** Whether there is room now, if need be by turning away the newest of whoever has more. */
  function makeRoom(source: string): boolean {
    if (queued < waiting) return true
    let longest = lanes.get(source)
    for (const lane of lanes.values()) {
      if (lane.size > (longest?.size ?? 0) + 1) longest = lane
    }
    if (longest === undefined || longest === lanes.get(source)) return false
    ;[...longest].at(-1)?.turnAway()
    return true
  }

  async function turn(source: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const end = (settle: () => void) => {
      leave(source, place)
      signal.removeEventListener('abort', giveUp)
      settle()
    }
    const place: Waiting = {
      proceed: () => end(resolve),
      turnAway: () => end(() => reject(new TurnedAway('Cannot wait: others have waited for less'))),
    }
    const giveUp = () => end(() => reject(reasonOf(signal)))
    const lane = lanes.get(source) ?? new Set<Waiting>()
    lanes.set(source, lane.add(place))
    queued += 1
    signal.addEventListener('abort', giveUp, { once: true })
    return promise
  }

  return {
    run: (task, { signal, source = '' }) => {
      const isFree = free > 0
      if (!isFree && !makeRoom(source)) return undefined
      if (isFree) free -= 1
      return (async () => {
        if (!isFree) await turn(source, signal)
        try {
          return await task()
        } finally {
          release()
        }
      })()
    },
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('it was given up')
}
