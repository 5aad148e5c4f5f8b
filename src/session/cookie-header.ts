import {
  afterBlanks,
  beforeSeparator,
  believed,
  type FoundCookie,
  findOwn,
  takenOut,
} from './find-cookies.ts'

/** A piece of the session in the browser: 0 is the cookie of the configured name, n is `name.n`. */
interface Piece {
  readonly index: number
  readonly value: string
}

/** One cookie of a running sign-in. */
export interface StateCookie {
  readonly name: string
  /** The part of the name after `-s-`. */
  readonly id: string
  readonly value: string
}

/** Attaché's own cookies of one request. */
interface OwnCookies {
  /**
   * The sealed session, its pieces joined; undefined when there is none or when the pieces are not
   * exactly one each, from 0 on: then `fault` says why.
   */
  readonly session: string | undefined
  readonly fault: string | undefined
  /** In the order of the header, duplicates kept, and as many as the header holds. */
  readonly states: readonly StateCookie[]
  /** Whatever stands in cookies of the last provider. */
  readonly lastProviders: readonly string[]
  /** Sessions that this browser has ended: what their cookies say; not more than a browser may have made up. */
  readonly endedIDs: readonly string[]
  /** Names of the session's cookies that were seen, each once. */
  readonly sessionNames: readonly string[]
  /** Those of them that were seen more than once: they are set for several domains or paths. */
  readonly duplicates: readonly string[]
}

/** Reads and strips the cookies that belong to one session cookie name. */
export interface CookieReader {
  readonly read: (header: string | undefined) => OwnCookies
  /**
   * Every value that could be the session's, whatever else stands beside it: where a neighbour has planted
   * cookies of our name nobody can tell which is ours, but what opens is. Bounded; to end sessions alone.
   */
  readonly candidates: (header: string | undefined) => readonly string[]
  /**
   * What of the header goes upstream: undefined when nothing of ours is in it (send it on as it is),
   * `''` when nothing remains. Other cookies are byte for byte as they came.
   */
  readonly strip: (header: string) => string | undefined
}

/** Beyond it nothing is read; Envoy's own limit for all headers together is 60 KiB by default. */
const maxHeaderLength = 65_536
/** A session has far fewer. Other cookies of ours do not count: a neighbour who plants those ends none. */
const maxPieces = 64
/** Values that are tried; browsers hold fewer cookies of one site than that. */
const maxCandidates = 256

const none: OwnCookies = {
  session: undefined,
  fault: undefined,
  states: [],
  lastProviders: [],
  endedIDs: [],
  sessionNames: [],
  duplicates: [],
}

/** A {@link CookieReader} for the session cookie `name`; its work grows linearly with the header. */
export function createCookieReader(name: string): CookieReader {
  const toBelieve = { name, separators: believed }
  const toTakeOut = { name, separators: takenOut }
  return {
    read: (header) => {
      if (header === undefined || !header.includes(name)) return none
      if (header.length > maxHeaderLength) return { ...none, fault: 'Cookie header too long' }
      return sortOut(findOwn(header, toBelieve), name)
    },
    candidates: (header = '') =>
      header.length > maxHeaderLength ? [] : joinPieces(findOwn(header, toBelieve)),
    strip: (header) => {
      const found = header.includes(name) ? findOwn(header, toTakeOut) : []
      if (found.length === 0) return undefined
      const kept: string[] = []
      let from = 0
      for (const { start, end } of found) {
        kept.push(header.slice(afterBlanks(header, from), beforeSeparator(header, start)))
        from = end + 1
      }
      kept.push(header.slice(afterBlanks(header, from)))
      // A blank at its edge is one that no header can carry.
      return kept
        .filter((part) => part !== '')
        .join('; ')
        .trimEnd()
    },
  }
}

const valueForm = /^[\w.-]+$/

/** 16 random bytes in base64url. */
const sessionID = /^[\w-]{22}$/
/** Of one cookie; Attaché writes fewer. */
const maxEndedIDs = 16

/** The pieces joined in every way that begins with piece 0 and leaves none out. */
function joinPieces(found: readonly FoundCookie[]): readonly string[] {
  const all: string[] = []
  let joined: readonly string[] = ['']
  for (let index = 0; joined.length > 0 && all.length < maxCandidates; index += 1) {
    const suffix = index === 0 ? '' : `.${index}`
    const values = found
      .filter((cookie) => cookie.suffix === suffix && valueForm.test(cookie.value))
      .map(({ value }) => value)
      .slice(0, maxCandidates)
    joined = joined.flatMap((start) => values.map((value) => start + value)).slice(0, maxCandidates)
    all.push(...joined)
  }
  return all.slice(0, maxCandidates)
}

function sortOut(found: readonly FoundCookie[], name: string): OwnCookies {
  const [first, ...more] = found
  if (first?.suffix === '' && more.length === 0 && valueForm.test(first.value)) {
    return { ...none, session: first.value, sessionNames: [name] }
  }
  const pieces: Piece[] = []
  const states: StateCookie[] = []
  const lastProviders: string[] = []
  const endedIDs: string[] = []
  const sessionNames = new Set<string>()
  const duplicates = new Set<string>()
  let fault: string | undefined
  for (const { suffix, value } of found) {
    if (suffix.startsWith('-s-')) {
      states.push({ name: name + suffix, id: suffix.slice(3), value })
      continue
    }
    if (suffix === '-p') {
      lastProviders.push(value)
      continue
    }
    if (suffix === '-e') {
      // What is planted there goes back to the browser with the next sign-out: nothing but ids, and few.
      endedIDs.push(...value.split('.', maxEndedIDs).filter((id) => sessionID.test(id)))
      continue
    }
    if (sessionNames.has(name + suffix)) duplicates.add(name + suffix)
    sessionNames.add(name + suffix)
    if (!valueForm.test(value)) fault = 'malformed piece'
    if (suffix.startsWith('.0')) fault = 'malformed piece number'
    pieces.push({ index: suffix === '' ? 0 : Number(suffix.slice(1)), value })
  }
  const ordered = pieces.toSorted((a, b) => a.index - b.index)
  if (pieces.length > maxPieces) fault = 'too many cookies of ours'
  else if (duplicates.size > 0) fault = 'two cookies of one name'
  else if (ordered.some(({ index }, expected) => index !== expected)) fault ??= 'missing piece'
  const session =
    pieces.length === 0 || fault !== undefined
      ? undefined
      : ordered.map(({ value }) => value).join('')
  const names = { sessionNames: [...sessionNames], duplicates: [...duplicates] }
  return { session, fault, states, lastProviders, endedIDs, ...names }
}
