import type { RedisHealth } from './health.ts'

/** Tries again and again whether Redis takes what a session needs. */
export interface Heartbeat {
  /** At once, then again and again. */
  readonly beat: () => Promise<void>
  /** Sooner than planned, as something has begun to be wrong. */
  readonly hasten: () => void
  readonly stop: () => void
}

export interface HeartbeatOptions {
  readonly health: Pick<RedisHealth, 'fault' | 'noteHealth'>
  /** Writes something that goes by itself after `forMs`; whether there was anybody to write to. */
  readonly probe: (name: string, forMs: number) => Promise<boolean>
  readonly onFailure: (error: unknown) => void
}

const beatMs = 5000
const beatInTroubleMs = 500
/** Ever another slot of a Cluster. */
const probes = 64

/** A {@link Heartbeat} that begins with its first `beat`. */
export function createHeartbeat({ health, probe, onFailure }: HeartbeatOptions): Heartbeat {
  let next: NodeJS.Timeout | undefined
  let isStopped = false
  let beats = 0

  const plan = (): void => {
    clearTimeout(next)
    if (isStopped) return
    const pause = health.fault() === undefined ? beatMs : beatInTroubleMs
    next = setTimeout(() => void beat(), pause).unref()
  }

  const beat = async (): Promise<void> => {
    beats += 1
    try {
      if (await probe(`attache:probe:${beats % probes}`, beatMs)) health.noteHealth()
    } catch (error) {
      onFailure(error)
    }
    plan()
  }

  return {
    beat,
    hasten: plan,
    stop: () => {
      isStopped = true
      clearTimeout(next)
    },
  }
}
