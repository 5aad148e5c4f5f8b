/** One connection that a soak keeps open: what goes through it, and how long that takes. */
import type { Transport } from '../../src/check-input.ts'

/** Marks that are sent through a stream and must come out of it. */
export interface Marks {
  /** Remembers when a mark was sent. */
  readonly sent: (mark: string) => void
  /** A mark has come out; one that was not sent, or came before, does not count. */
  readonly arrived: (mark: string) => void
  /** Forgets what was counted; what was sent and has not come stays missing. */
  readonly restart: () => void
  /** Something has come out of its own accord, so many milliseconds after it was written. */
  readonly came: (delayMs: number) => void
  /** Milliseconds that each one took, in the order in which they came. */
  readonly delaysMs: () => readonly number[]
  /** Marks that have not come yet. */
  readonly missing: () => number
  /** The longest time without anything, in milliseconds, until now. */
  readonly longestSilenceMs: () => number
}

/** What a soak holds open. */
export interface Stream {
  readonly name: string
  readonly transport: Transport
  /** What the connection speaks once it is open. */
  readonly protocol: 'HTTP/2' | 'WebSocket' | 'SPDY/3.1'
  readonly marks: Pick<Marks, 'delaysMs' | 'missing' | 'longestSilenceMs'>
  /** Sends a mark through it; nothing where the other side speaks of its own accord. */
  readonly send: (mark: string) => Promise<void>
  /** Why it is open no more, in words; undefined while it is. */
  readonly cut: () => string | undefined
  readonly stop: () => Promise<void>
}

/** Counts the marks of one stream. `now` is in milliseconds, of any beginning. */
export function createMarks(now: () => number): Marks {
  const pending = new Map<string, number>()
  const delays: number[] = []
  let lastAt = now()
  let longest = 0

  function came(delayMs: number): void {
    delays.push(delayMs)
    longest = Math.max(longest, now() - lastAt)
    lastAt = now()
  }

  return {
    sent: (mark) => pending.set(mark, now()),
    arrived: (mark) => {
      const sentAt = pending.get(mark)
      if (sentAt === undefined) return
      pending.delete(mark)
      came(now() - sentAt)
    },
    restart: () => {
      delays.length = 0
      lastAt = now()
      longest = 0
    },
    came,
    delaysMs: () => delays,
    missing: () => pending.size,
    longestSilenceMs: () => Math.max(longest, now() - lastAt),
  }
}
