import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decodeRecord, encodeRecord } from './record.ts'
import { createSealer, type SealerOptions } from './seal.ts'
import type { StoredSession } from './store.ts'

/** Sessions as values of cookies. */
export interface CookieValues {
  readonly seal: (stored: StoredSession) => string
  /** The very same object for the same value while it is kept; undefined for what is no value of ours. */
  readonly open: (value: string) => StoredSession | undefined
  /** From now on `open` finds this very object. */
  readonly keep: (value: string, stored: StoredSession) => void
  readonly forget: (value: string) => void
}

/** Of those that are kept: what one takes besides its value's length, and all together, bytes. */
const keptBytes = 1_000
const maxKeptBytes = 32 * 1024 * 1024

/** The {@link CookieValues} of `session.keysFile`. */
export function createCookieValues(options: Pick<SealerOptions, 'keys' | 'random'>): CookieValues {
  const sealer = createSealer({ ...options, purpose: 'session' })
  // Keyed by a hash so that no memory dump of the cache is a drawer of usable cookies.
  const opened = new LRUCache<string, StoredSession>({ maxSize: maxKeptBytes })
  const keep = (key: string, { value, stored }: { value: string; stored: StoredSession }) => {
    opened.set(key, stored, { size: keptBytes + value.length })
  }
  return {
    seal: (stored) => sealer.seal(encode(stored)),
    open: (value) => {
      const key = keyOf(value)
      const kept = opened.get(key)
      if (kept !== undefined) return kept
      const text = sealer.open(value)
      const stored = text === undefined ? undefined : decode(text)
      if (stored !== undefined) keep(key, { value, stored })
      return stored
    },
    keep: (value, stored) => keep(keyOf(value), { value, stored }),
    forget: (value) => {
      opened.delete(keyOf(value))
    },
  }
}

function keyOf(value: string): string {
  return hash('sha256', value, 'base64url')
}

/** Version and last use stand before the record, each ended by a blank. */
function encode({ version, lastUsedAtMs, record }: StoredSession): string {
  return `${version} ${lastUsedAtMs} ${encodeRecord(record)}`
}

function decode(text: string): StoredSession | undefined {
  const [, version, lastUsedAtMs, encoded] = /^(\d+) (\d+) (.*)$/s.exec(text) ?? []
  const record = encoded === undefined ? undefined : decodeRecord(encoded)
  if (record === undefined) return undefined
  return { record, version: Number(version), lastUsedAtMs: Number(lastUsedAtMs) }
}
