/** What waits for its turn. */
export interface Place {
  /** Whose turn it takes; undefined: nobody's, it goes before all sources and always has room. */
  readonly source: string | undefined
  /** Milliseconds since the epoch; from then on nobody waits for it. */
  readonly deadlineMs: number
}

/** A queue in which sources take turns, however many places each has. */
export interface FairQueue<T extends Place> {
  /** False when there is no room. */
  readonly add: (job: T) => boolean
  readonly take: () => T | undefined
  readonly isEmpty: () => boolean
  /** Takes out all whose deadline has passed. */
  readonly takeLate: (nowMs: number) => readonly T[]
}

/** Creates a queue with room for so many jobs of sources. */
export function createFairQueue<T extends Place>(room: number): FairQueue<T> {
  /** In the order of turns; none is empty. */
  const lanes = new Map<string | undefined, readonly T[]>()
  const waiting = () => [...lanes].flatMap(([source, lane]) => (source === undefined ? [] : lane))
  return {
    add: (job) => {
      const { source } = job
      if (source !== undefined && waiting().length >= room) return false
      lanes.set(source, [...(lanes.get(source) ?? []), job])
      return true
    },
    take: () => {
      const [next] = lanes.keys()
      const source = lanes.has(undefined) ? undefined : next
      const [job, ...rest] = lanes.get(source) ?? []
      lanes.delete(source)
      // Behind all others.
      if (rest.length > 0) lanes.set(source, rest)
      return job
    },
    isEmpty: () => lanes.size === 0,
    takeLate: (nowMs) => {
      const late: T[] = []
      for (const [source, lane] of lanes) {
        const kept = lane.filter(({ deadlineMs }) => nowMs < deadlineMs)
        if (kept.length === lane.length) continue
        late.push(...lane.filter((job) => !kept.includes(job)))
        if (kept.length > 0) lanes.set(source, kept)
        else lanes.delete(source)
      }
      return late
    },
  }
}
