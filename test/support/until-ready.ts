import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child.ts'

export interface Readiness {
  readonly child: Child
  /** Whether it is ready now; to throw is to say no. */
  readonly probe: () => Promise<boolean>
  /** Default 60 s: a machine that builds something besides is slow. */
  readonly withinMs?: number
}

/** Resolves when the process says that it is ready; rejects with its output when it ends or is too late. */
export async function untilReady(name: string, options: Readiness): Promise<void> {
  const { child, probe, withinMs = 60_000 } = options
  const giveUpAt = Date.now() + withinMs
  while (child.exit() === undefined && Date.now() < giveUpAt) {
    if (await probe().catch(() => false)) return
    await delay(50)
  }
  const log = child.stderr() + child.stdout()
  throw new Error(`Cannot start ${name}: it is not ready. Its log:\n${log}`)
}
