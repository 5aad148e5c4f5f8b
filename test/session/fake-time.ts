import { setImmediate } from 'node:timers/promises'
import { type Schedule, schedule } from '../../src/authn/schedule.ts'

/** Time that stands still until a test lets it pass. */
export interface FakeTime {
  readonly now: () => number
  readonly schedule: Schedule
  /** Lets so much time pass; timers run at their time, and what waits for them goes on. */
  readonly pass: (ms: number) => Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly task: () => void
}

/** A {@link FakeTime} that begins at `startMs`, milliseconds since the epoch. */
export function fakeTime(startMs = Date.UTC(2026, 0, 1)): FakeTime {
  let nowMs = startMs
  const timers = new Set<Timer>()
  const nextDue = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0]
  return {
    now: () => nowMs,
    schedule: (delayMs, task) => {
      const timer = { atMs: nowMs + delayMs, task }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass: async (ms) => {
      const untilMs = nowMs + ms
      await setImmediate()
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        timers.delete(due)
        nowMs = due.atMs
        due.task()
        await setImmediate()
      }
      nowMs = untilMs
      await setImmediate()
    },
  }
}

/** Real time, which leaps where a test lets it pass: for what has a clock of its own. */
export function leapingTime(): FakeTime {
  let leaptMs = 0
  return {
    now: () => Date.now() + leaptMs,
    schedule,
    pass: async (ms) => {
      leaptMs += ms
    },
  }
}
