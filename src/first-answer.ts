import type { Logger } from 'pino'
import type { Schedule } from './authn/schedule.ts'

/** A part of the cluster that was asked once, to know that it answers. */
export interface FirstAnswer {
  /** In words, for readiness; empty from the first answer on. */
  readonly missing: () => readonly string[]
  /** Stops asking. */
  readonly close: () => void
}

export interface FirstAnswerOptions {
  /** What is asked for, as logs and readiness name it: `reviews of tokens by "https://…"`. */
  readonly name: string
  /** Rejects while there is no answer. */
  readonly ask: () => Promise<unknown>
  readonly schedule: Schedule
  readonly log: Logger
}

/** Milliseconds before each new attempt; the last one repeats. */
const attemptsMs = [1_000, 2_000, 5_000] as const

/**
 * Asks at once and again until there was an answer, so that readiness names what is not there, or what
 * Attaché may not ask, before a user meets it. What is away later is told by the checks that need it.
 */
export function firstAnswer({ name, ask, schedule, log }: FirstAnswerOptions): FirstAnswer {
  let isMissing = true
  let isClosed = false
  let failures = 0
  let told: string | undefined
  let cancel: (() => void) | undefined

  async function attempt(): Promise<void> {
    try {
      await ask()
      isMissing = false
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (why !== told && !isClosed) log.warn({ missing: name, why }, 'no answer yet')
      told = why
      const waitMs = attemptsMs[Math.min(failures, attemptsMs.length - 1)] ?? attemptsMs[2]
      failures += 1
      if (!isClosed) cancel = schedule(waitMs, () => void attempt())
    }
  }

  void attempt()
  return {
    missing: () => (isMissing ? [name] : []),
    close: () => {
      isClosed = true
      cancel?.()
    },
  }
}
