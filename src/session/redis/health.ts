/** What is known of whether Redis takes what a session needs. */
export interface RedisHealth {
  /** What is wrong, in words; undefined when nothing is. */
  readonly fault: () => string | undefined
  /** Until when it is worth to wait for a trouble to pass; milliseconds since the epoch. */
  readonly patienceEndsMs: () => number
  readonly noteTrouble: (reason: string) => void
  readonly noteHealth: () => void
}

export interface RedisHealthOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told when something is wrong with Redis, and, with undefined, when it is well again. */
  readonly onFault?: ((reason: string | undefined) => void) | undefined
}

/** How long after the first sign of trouble somebody still waits for it to pass; at first, for Redis. */
const patienceMs = 1500
const firstPatienceMs = 3000

/** A {@link RedisHealth}; at first it is not connected. */
export function createRedisHealth({ now, onFault }: RedisHealthOptions): RedisHealth {
  let fault: string | undefined = 'not connected yet'
  let sinceMs: number | undefined = now()
  let wasWell = false
  let told: string | undefined
  const tell = (reason: string | undefined): void => {
    if (reason !== told) onFault?.(reason)
    told = reason
  }
  return {
    fault: () => fault,
    patienceEndsMs: () => (sinceMs ?? now()) + (wasWell ? patienceMs : firstPatienceMs),
    noteTrouble: (reason) => {
      sinceMs ??= now()
      fault = reason
      tell(reason)
    },
    noteHealth: () => {
      wasWell = true
      sinceMs = undefined
      fault = undefined
      tell(undefined)
    },
  }
}
