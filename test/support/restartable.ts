import type { Child } from './child.ts'
import type { OnStop } from './started.ts'
import { untilReady } from './until-ready.ts'

/** A process that a test takes away and brings back. */
export interface Restartable {
  /** What it has printed since it started last. */
  readonly log: () => string
  /** Kills it, as a crash would. */
  readonly halt: () => Promise<void>
  /** Brings it back and resolves when it is ready; rejects with its log otherwise. */
  readonly resume: () => Promise<void>
  /** Sends a signal that does not end it, if it runs. */
  readonly signal: (name: NodeJS.Signals) => void
}

export interface RestartableOptions {
  /** Starts the process, each time at the same address. */
  readonly start: () => Child | Promise<Child>
  /** Whether it is ready now; to throw is to say no. */
  readonly probe: () => Promise<boolean>
  /** Default: that of {@link untilReady}. */
  readonly withinMs?: number
  readonly onStop: OnStop
}

/** Starts it and resolves when it is ready; rejects with its log otherwise. */
export async function startRestartable(
  name: string,
  { start, onStop, ...readiness }: RestartableOptions,
): Promise<Restartable> {
  let child: Child | undefined
  const halt = async () => {
    await child?.stop()
  }
  const resume = async () => {
    child = await start()
    await untilReady(name, { child, ...readiness })
  }
  onStop(halt)
  await resume()
  return {
    log: () => (child === undefined ? '' : child.stderr() + child.stdout()),
    halt,
    resume,
    signal: (signal) => {
      if (child !== undefined && child.exit() === undefined) process.kill(child.pid, signal)
    },
  }
}
