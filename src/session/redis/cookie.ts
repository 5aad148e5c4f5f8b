import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { createSealer, type Random } from '../seal.ts'
import { type SessionKey, secretBytes, sessionKeyOf } from './value.ts'

/** What the browser's cookie opens. */
export interface OpenedCookie {
  readonly session: SessionKey
  /** Undefined where it is sealed as it would be now. */
  readonly outdated: OutdatedCookie | undefined
}

/** Sealed with a key that is no longer the first of `session.keysFile`. */
export interface OutdatedCookie {
  /** The same for this cookie each time; sealed with the first key. */
  readonly renewed: () => string
}

/** The cookie of a session in Redis: a secret, sealed with `session.keysFile`. */
export interface RedisCookie {
  /** A new secret, and its cookie. */
  readonly create: () => { readonly session: SessionKey; readonly value: string }
  readonly open: (value: string) => OpenedCookie | undefined
}

/** Opened cookies that are kept; each takes some 500 bytes. */
const maxOpened = 20_000

/** The {@link RedisCookie} of these keys: the first seals, all open. */
export function createRedisCookie(keys: readonly Uint8Array[], random: Random): RedisCookie {
  const sealer = createSealer({ keys, purpose: 'redis-session', random })
  // Keyed by a hash so that no memory dump of the cache is a drawer of usable cookies.
  const opened = new LRUCache<string, OpenedCookie>({ max: maxOpened })
  const header = headerOf(sealer.seal(''))

  const outdated = (value: string, secret: string): OutdatedCookie | undefined => {
    if (headerOf(value) === header) return undefined
    let renewed: string | undefined
    return {
      renewed: () => {
        renewed ??= sealer.seal(secret)
        return renewed
      },
    }
  }
  const open = (value: string): OpenedCookie | undefined => {
    const secret = sealer.open(value)
    if (secret === undefined) return undefined
    const session = sessionKeyOf(Buffer.from(secret, 'base64url'))
    return { session, outdated: outdated(value, secret) }
  }

  return {
    create: () => {
      const secret = Buffer.from(random(secretBytes))
      return { session: sessionKeyOf(secret), value: sealer.seal(secret.toString('base64url')) }
    },
    open: (value) => {
      const key = hash('sha256', value, 'base64url')
      const kept = opened.get(key)
      if (kept !== undefined) return kept
      const cookie = open(value)
      if (cookie !== undefined) opened.set(key, cookie)
      return cookie
    },
  }
}

/** Names the key, since it is derived from it. */
function headerOf(sealed: string): string {
  return sealed.slice(0, sealed.indexOf('.'))
}
