import { setTimeout as delay } from 'node:timers/promises'

const withinMs = 60_000

/** Resolves when servers have found each other or have agreed; to throw is to say not yet. */
export async function settled(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  while (Date.now() < giveUpAt) {
    if (await isSo().catch(() => false)) return
    await delay(20)
  }
  throw new Error(`Cannot wait for ${what}: not in ${withinMs / 1000} s`)
}
