import { isIPv4, isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'

/** How many attempts one key has. */
export interface AttemptsOptions {
  /** In a row. */
  readonly burst: number
  /** Milliseconds after which one more is there. */
  readonly everyMs: number
  /** Keys remembered at most; the one that was not used for longest is forgotten. */
  readonly maxKeys: number
}

/** Attempts of one kind of key. Times are milliseconds since the epoch. */
export interface Attempts {
  readonly has: (key: string, nowMs: number) => boolean
  readonly take: (key: string, nowMs: number) => void
  /** Undoes one `take`. */
  readonly giveBack: (key: string) => void
}

/** Counts attempts: a bucket for each key, kept as the one time at which it is full again. */
export function createAttempts({ burst, everyMs, maxKeys }: AttemptsOptions): Attempts {
  const fullAt = new LRUCache<string, number>({ max: maxKeys })
  return {
    has: (key, nowMs) => (fullAt.get(key) ?? 0) - nowMs <= (burst - 1) * everyMs,
    take: (key, nowMs) => {
      fullAt.set(key, Math.max(fullAt.get(key) ?? 0, nowMs) + everyMs)
    },
    giveBack: (key) => {
      const before = fullAt.get(key)
      if (before !== undefined) fullAt.set(key, before - everyMs)
    },
  }
}

/** What may be under way at once for each key. */
export interface Slots {
  /** False, and nothing taken, when all of this key are taken. */
  readonly take: (key: string) => boolean
  readonly giveBack: (key: string) => void
}

/** Creates so many slots for each key. */
export function createSlots(perKey: number): Slots {
  const taken = new Map<string, number>()
  return {
    take: (key) => {
      const before = taken.get(key) ?? 0
      if (before >= perKey) return false
      taken.set(key, before + 1)
      return true
    },
    giveBack: (key) => {
      const left = (taken.get(key) ?? 0) - 1
      if (left > 0) taken.set(key, left)
      else taken.delete(key)
    },
  }
}

/**
 * What counts as one source: an IPv4 address, or the /64 of an IPv6 address, in which one machine can
 * have any address; a port, which some proxies write, makes no difference. Everybody whose address Envoy
 * does not tell is one, and so is whatever is no address.
 */
export function sourceKey(address: string | undefined): string {
  const [, v4, v6] = /^(?:([\d.]+):\d+|\[([\da-f:.]+)\](?::\d+)?)$/i.exec(address ?? '') ?? []
  const bare = (v4 ?? v6 ?? address ?? '').replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return ''
  // As a URL has it: lower-case, shortest, without an IPv4 address at the end.
  const text = new URL(`http://[${bare}]/`).hostname.slice(1, -1)
  if (text.startsWith('::ffff:')) return text
  const [head = '', tail = ''] = text.split('::')
  const before = head.split(':').filter((group) => group !== '')
  const after = tail.split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
