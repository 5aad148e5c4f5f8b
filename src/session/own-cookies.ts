import type { SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { createCookieReader } from './cookie-header.ts'
import type { SavedSession, SessionRequest } from './sessions.ts'
import { type CookieAttributes, type CookiePair, setCookie, valueRoom } from './set-cookie.ts'

/** What a request carries under the session's name. */
export type CarriedValue =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'value'
      readonly value: string
      /** What {@link OwnCookies.markEnded} has written. */
      readonly endedIDs: readonly string[]
    }
  /** Cookies that are no value of ours, or more than one; `detail` never quotes them. */
  | { readonly kind: 'refused'; readonly detail: string }

/** One value in the cookies of a browser, split into as many as it needs. */
export interface OwnCookies {
  readonly read: (cookieHeader: string | undefined) => CarriedValue
  /**
   * Everything that may be a value of ours, also beside what a neighbour has planted: whoever signs out, or
   * in anew, must not keep a session because {@link OwnCookies.read} can make none out.
   */
  readonly candidates: (cookieHeader: string | undefined) => readonly string[]
  /**
   * The lines after which a browser that sent `request` has `value` and no other piece of ours, until
   * `expiresAtMs` (milliseconds since the epoch); or how many bytes are too many.
   */
  readonly hold: (
    value: string,
    options: { readonly request: SessionRequest; readonly expiresAtMs: number },
  ) => SavedSession
  /** The lines that remove what the request carries, none when it carries none. */
  readonly clear: (request: SessionRequest) => readonly HeaderLine[]
  /**
   * The lines by which the browser itself says from now on that these sessions have ended, with those of which it
   * says so already; none for none.
   */
  readonly markEnded: (ids: readonly string[], request: SessionRequest) => readonly HeaderLine[]
}

/** Cookies that one reply removes, and duplicates that it removes in several places: bounds for its size. */
const maxRemoved = 20
const maxDuplicatesRemoved = 5

/** Of a browser in which one person after the other signs in, the last ones. */
const maxMarkedEnded = 5

const none: CarriedValue = { kind: 'none' }

/** The {@link OwnCookies} of `session.cookie`. A value is of letters, digits, `-`, `_` and `.`. */
export function createOwnCookies(
  config: SessionConfig['cookie'],
  { absoluteLifetimeMs }: Pick<SessionConfig, 'absoluteLifetimeMs'>,
): OwnCookies {
  const { name, domain, sameSite, secure, maxBytes } = config
  const { read, candidates } = createCookieReader(name)
  const attributes = (maxAgeSeconds: number, at = domain): CookieAttributes => ({
    maxAgeSeconds,
    sameSite,
    secure,
    domain: at,
  })

  const remove = (names: readonly string[], at = domain): readonly HeaderLine[] =>
    names
      .slice(0, maxRemoved)
      .map((seen) => setCookie({ name: seen, value: '' }, attributes(0, at)))

  // Of two cookies of one name one was set for another domain, before the configuration changed or by
  // a neighbour. No sign-in works until it is gone, and a browser never says which domain that was.
  const removeElsewhere = (names: readonly string[], hostname: string) =>
    cookieDomains(hostname)
      .filter((other) => other !== domain)
      .flatMap((other) => remove(names.slice(0, maxDuplicatesRemoved), other))

  return {
    read: (cookieHeader) => {
      const { session: value, fault, endedIDs } = read(cookieHeader)
      if (fault !== undefined) return { kind: 'refused', detail: fault }
      if (value === undefined) return none
      if (value.length > maxBytes) return { kind: 'refused', detail: 'longer than maxBytes' }
      return { kind: 'value', value, endedIDs }
    },

    candidates: (cookieHeader) =>
      candidates(cookieHeader).filter(({ length }) => length <= maxBytes),

    hold: (value, { request, expiresAtMs }) => {
      const { cookieHeader, hostname, nowMs } = request
      const held = attributes(Math.max(1, Math.floor((expiresAtMs - nowMs) / 1000)))
      const pieces = split(value, { name, attributes: held })
      // What the browser sends back: `name=value; ` for each piece.
      const bytes = pieces.reduce(
        (sum, piece) => sum + piece.name.length + piece.value.length + 3,
        0,
      )
      if (bytes > maxBytes) return { kind: 'too-large', bytes }
      const names = new Set(pieces.map((piece) => piece.name))
      const { sessionNames, duplicates } = read(cookieHeader)
      const left = sessionNames.filter((seen) => !names.has(seen))
      const set = pieces.map((piece) => setCookie(piece, held))
      const removed = [...remove(left), ...removeElsewhere(duplicates, hostname)]
      return { kind: 'saved', setCookies: [...set, ...removed] }
    },

    clear: ({ cookieHeader, hostname }) => {
      const { sessionNames, duplicates } = read(cookieHeader)
      return [...remove(sessionNames), ...removeElsewhere(duplicates, hostname)]
    },

    markEnded: (ids, { cookieHeader }) => {
      if (ids.length === 0) return []
      const all = new Set([...ids, ...read(cookieHeader).endedIDs])
      const value = [...all].slice(0, maxMarkedEnded).join('.')
      return [
        setCookie(
          { name: `${name}-e`, value },
          // No session lives longer.
          attributes(Math.ceil(absoluteLifetimeMs / 1000)),
        ),
      ]
    },
  }
}

/** Where a cookie that the host gets may be set: for the host alone, it, and its nearest parents. */
function cookieDomains(hostname: string): readonly string[] {
  const labels = hostname.split('.')
  const parents = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
  return ['', ...parents.slice(0, 4)]
}

function split(
  value: string,
  { name, attributes }: { readonly name: string; readonly attributes: CookieAttributes },
): readonly CookiePair[] {
  const pieces: CookiePair[] = []
  for (let from = 0; from < value.length; ) {
    const piece = pieces.length === 0 ? name : `${name}.${pieces.length}`
    const room = valueRoom(piece, attributes)
    pieces.push({ name: piece, value: value.slice(from, from + room) })
    from += room
  }
  return pieces
}
