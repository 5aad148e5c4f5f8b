import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ProviderConfig, SessionConfig } from '../config/types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { createCookieReader } from './cookie-header.ts'
import { decodeRecord, encodeRecord, mappingDigest, type SessionRecord } from './record.ts'
import { createSealer, type Random } from './seal.ts'
import { type CookieAttributes, setCookie, valueRoom } from './set-cookie.ts'
import type { NewSession, Session, SessionLookup, SessionRequest, Sessions } from './sessions.ts'

export interface CookieSessionsOptions {
  readonly config: SessionConfig
  /** Whose sign-ins make sessions; a session of another provider or mapping has ended. */
  readonly providers: readonly ProviderConfig[]
  /** Whether some route sends the ID token on; otherwise it is not put into the cookie. */
  readonly keepIDToken: boolean
  readonly random: Random
}

/** Bounds of the opened sessions that are kept: by number, and by characters of their cookies. */
const maxOpened = 20_000
const maxOpenedLength = 16 * 1024 * 1024

/** Cookies that one reply removes, and duplicates that it removes in several places: bounds for its size. */
const maxRemoved = 20
const maxDuplicatesRemoved = 5

const noSession: SessionLookup = { kind: 'none' }

/**
 * A {@link Sessions} that keeps nothing: the session is sealed into the browser's cookies, split
 * into pieces that each fit into one. A copied cookie is good until its expiry, sign-out or not.
 */
export function createCookieSessions(options: CookieSessionsOptions): Sessions {
  const { config, providers, keepIDToken, random } = options
  const { name, domain, sameSite, secure, maxBytes } = config.cookie
  const { read } = createCookieReader(name)
  const { seal, open } = createSealer({ keys: config.keys, purpose: 'session', random })
  const mappings = new Map(providers.map((one) => [one.id, mappingDigest(one, keepIDToken)]))
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
    const record = decodeRecord(text)
    if (record === undefined || mappings.get(record.provider) !== record.mapping) return undefined
    const session = toSession(record)
    opened.set(key, session, { size: sealed.length })
    return session
  }

  const clear = (names: readonly string[], at: string = domain): readonly HeaderLine[] =>
    names
      .slice(0, maxRemoved)
      .map((seen) => setCookie(seen, '', { ...attributes, domain: at, maxAgeSeconds: 0 }))

  // Of two cookies of one name one was set for another domain, before the configuration changed or by
  // a neighbour. No sign-in works until it is gone, and a browser never says which domain that was.
  const clearElsewhere = (names: readonly string[], hostname: string) =>
    cookieDomains(hostname)
      .filter((other) => other !== domain)
      .flatMap((other) => clear(names.slice(0, maxDuplicatesRemoved), other))

  return {
    find: async ({ cookieHeader, nowMs }) => {
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
      return { kind: 'found', session, setCookies: [] }
    },

    save: async (found: NewSession, { cookieHeader, hostname, nowMs }: SessionRequest) => {
      const sealed = seal(
        encodeRecord({
          id: '',
          provider: found.provider,
          mapping: mappings.get(found.provider) ?? '',
          user: found.user,
          email: found.email,
          idToken: keepIDToken ? found.idToken : undefined,
          refreshToken: undefined,
          subject: found.subject,
          providerSession: found.providerSession,
          createdAtMs: nowMs,
          expiresAtMs: nowMs + config.absoluteLifetimeMs,
          refreshAtMs: undefined,
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
      const { sessionNames, duplicates } = read(cookieHeader)
      const left = sessionNames.filter((seen) => !names.has(seen))
      const set = pieces.map((piece) => setCookie(piece.name, piece.value, attributes))
      const removed = [...clear(left), ...clearElsewhere(duplicates, hostname)]
      return { kind: 'saved', setCookies: [...set, ...removed] }
    },

    end: async ({ cookieHeader, hostname }) => {
      const { sessionNames, duplicates } = read(cookieHeader)
      return [...clear(sessionNames), ...clearElsewhere(duplicates, hostname)]
    },
    endAll: async () => {
      throw new TypeError('Cannot end sessions: only the browsers have them')
    },
    canEndAll: false,
    missing: () => [],
    close: async () => {},
  }
}

function toSession(record: SessionRecord): Session {
  const { user, email, idToken, expiresAtMs, provider, createdAtMs } = record
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

/** Where a cookie that the host gets may be set: for the host alone, it, and its nearest parents. */
function cookieDomains(hostname: string): readonly string[] {
  const labels = hostname.split('.')
  const parents = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
  return ['', ...parents.slice(0, 4)]
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
