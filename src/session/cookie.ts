import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ProviderConfig, SessionConfig } from '../config/types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { decodeContent, encodeContent, mappingDigest, type SessionContent } from './content.ts'
import { createCookieReader } from './cookie-header.ts'
import { createSealer, type Random } from './seal.ts'
import { type CookieAttributes, setCookie, valueRoom } from './set-cookie.ts'
import type { NewSession, Session, SessionLookup, SessionRequest, SessionStore } from './store.ts'

export interface CookieSessionsOptions {
  readonly config: SessionConfig
  /** Whose sign-ins make sessions; a session of another provider or mapping has ended. */
  readonly provider: ProviderConfig
  /** Whether some route sends the ID token on; otherwise it is not put into the cookie. */
  readonly keepIDToken: boolean
  readonly random: Random
}

/** Bounds of the opened sessions that are kept: by number, and by characters of their cookies. */
const maxOpened = 20_000
const maxOpenedLength = 32 * 1024 * 1024

const noSession: SessionLookup = { kind: 'none' }

/**
 * A {@link SessionStore} that keeps nothing: the session is sealed into the browser's cookies, split
 * into pieces that each fit into one. A copied cookie is good until its expiry, sign-out or not.
 */
export function createCookieSessions(options: CookieSessionsOptions): SessionStore {
  const { config, provider, keepIDToken, random } = options
  const { name, domain, sameSite, secure, maxBytes } = config.cookie
  const { read } = createCookieReader(name)
  const { seal, open } = createSealer({ keys: config.keys, purpose: 'session', random })
  const mapping = mappingDigest(provider, keepIDToken)
  const attributes: CookieAttributes = {
    maxAgeSeconds: Math.floor(config.absoluteLifetimeMs / 1000),
    sameSite,
    secure,
    domain,
  }
  const opened = new LRUCache<string, Session>({
    max: maxOpened,
    maxSize: maxOpenedLength,
    maxEntrySize: maxOpenedLength,
  })

  const openSession = (sealed: string): Session | undefined => {
    // Keyed by a hash so that no memory dump of the cache is a drawer of usable cookies.
    const key = hash('sha256', sealed, 'base64url')
    const kept = opened.get(key)
    if (kept !== undefined) return kept
    const text = open(sealed)
    if (text === undefined) return undefined
    const content = decodeContent(text)
    if (content?.provider !== provider.id || content.mapping !== mapping) return undefined
    const session = toSession(content)
    opened.set(key, session, { size: sealed.length })
    return session
  }

  const clear = (names: readonly string[]): readonly HeaderLine[] =>
    names.map((seen) => setCookie(seen, '', { ...attributes, maxAgeSeconds: 0 }))

  return {
    find: async (cookieHeader, nowMs) => {
      const { session: sealed, fault } = read(cookieHeader)
      if (fault !== undefined) return refused('credential-invalid', fault)
      if (sealed === undefined) return noSession
      if (sealed.length > maxBytes) return refused('credential-invalid', 'longer than maxBytes')
      const session = openSession(sealed)
      if (session === undefined) {
        return refused('credential-invalid', 'does not open, or is of another configuration')
      }
      if (session.authenticated.expiresAtMs <= nowMs) {
        return refused('credential-expired', 'past the absolute lifetime')
      }
      return { kind: 'found', session }
    },

    save: async (found: NewSession, { cookieHeader, nowMs }: SessionRequest) => {
      const sealed = seal(
        encodeContent({
          provider: provider.id,
          mapping,
          user: found.user,
          email: found.email,
          idToken: keepIDToken ? found.idToken : undefined,
          createdAtMs: nowMs,
          expiresAtMs: nowMs + config.absoluteLifetimeMs,
        }),
      )
      const pieces = split(sealed, name, attributes)
      // What the browser sends back: `name=value; ` for each piece.
      const bytes = pieces.reduce(
        (sum, piece) => sum + piece.name.length + piece.value.length + 3,
        0,
      )
      if (bytes > maxBytes) return { kind: 'too-large', bytes }
      const names = new Set(pieces.map((piece) => piece.name))
      const left = read(cookieHeader).sessionNames.filter((seen) => !names.has(seen))
      const set = pieces.map((piece) => setCookie(piece.name, piece.value, attributes))
      return { kind: 'saved', setCookies: [...set, ...clear(left)] }
    },

    end: async (cookieHeader) => clear(read(cookieHeader).sessionNames),
  }
}

function toSession(content: SessionContent): Session {
  const { user, email, idToken, expiresAtMs, provider, createdAtMs } = content
  return {
    authenticated: {
      kind: 'authenticated',
      user,
      authenticator: 'session',
      email,
      idToken,
      expiresAtMs,
    },
    provider,
    createdAtMs,
  }
}

function refused(
  reason: 'credential-invalid' | 'credential-expired',
  detail: string,
): SessionLookup {
  return { kind: 'refused', reason, detail: `session cookie: ${detail}` }
}

function split(
  sealed: string,
  name: string,
  attributes: CookieAttributes,
): readonly { readonly name: string; readonly value: string }[] {
  const pieces: { name: string; value: string }[] = []
  for (let from = 0; from < sealed.length; ) {
    const piece = pieces.length === 0 ? name : `${name}.${pieces.length}`
    const room = valueRoom(piece, attributes)
    pieces.push({ name: piece, value: sealed.slice(from, from + room) })
    from += room
  }
  return pieces
}
