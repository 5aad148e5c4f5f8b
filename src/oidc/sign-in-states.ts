import { hash } from 'node:crypto'
import type { SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { createCookieReader, type StateCookie } from '../session/cookie-header.ts'
import { createSealer, type Random } from '../session/seal.ts'
import { setCookie } from '../session/set-cookie.ts'

/** What a sign-in remembers in the browser until its callback. */
export interface SignInState {
  /** `signIn.providers[].id`: an answer of another provider does not end this sign-in. */
  readonly provider: string
  /** Where it began, and where alone it may end. */
  readonly origin: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** A path of `origin`. */
  readonly returnPath: string
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
}

interface StartedSignIn {
  readonly state: SignInState
  /** {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.2 RFC 7636 §4.2}, method S256. */
  readonly codeChallenge: string
  readonly setCookies: readonly HeaderLine[]
}

export interface StartOptions {
  readonly provider: string
  readonly origin: string
  readonly returnPath: string
  readonly cookieHeader: string | undefined
  readonly nowMs: number
}

type TakenState =
  | {
      readonly kind: 'taken'
      readonly state: SignInState
      /** Removes the cookie. */
      readonly setCookies: readonly HeaderLine[]
      /** Puts in its place, for two minutes, that this sign-in has succeeded. */
      readonly doneCookies: readonly HeaderLine[]
    }
  /** It has succeeded already, a moment ago. */
  | {
      readonly kind: 'done'
      readonly state: Pick<SignInState, 'origin' | 'returnPath'>
      readonly setCookies: readonly HeaderLine[]
    }
  | {
      readonly kind: 'none'
      readonly detail: 'malformed' | 'no cookie' | 'two cookies' | 'does not open' | 'expired'
      /** Where it began and wanted to go, if that is known. */
      readonly state: Pick<SignInState, 'origin' | 'returnPath'> | undefined
      /** Removes what was there. */
      readonly setCookies: readonly HeaderLine[]
    }

/** The running sign-ins of a browser: a sealed cookie each, few, and short-lived. */
export interface SignInStates {
  readonly start: (options: StartOptions) => StartedSignIn
  /** The sign-in that the callback's `state` names, whose cookie is used up by `setCookies` or `doneCookies`. */
  readonly take: (state: string, cookieHeader: string | undefined, nowMs: number) => TakenState
  /**
   * Whether this browser has just ended two sign-ins that led to the very page and asks for it again: it does
   * not keep the session, and would go round for good where the provider does not ask anything.
   */
  readonly goesRound: (
    wanted: Pick<StartOptions, 'origin' | 'returnPath' | 'cookieHeader' | 'nowMs'>,
  ) => boolean
  /** The lines that remove what is left of sign-ins that have succeeded. */
  readonly forget: (cookieHeader: string | undefined) => readonly HeaderLine[]
}

export interface SignInStatesOptions {
  readonly config: SessionConfig
  readonly random: Random
}

/** How long a person may take at the provider. */
const lifeSeconds = 600
/** How long a callback that is opened once more still leads to the page that was asked for. */
const doneSeconds = 120
/** Two sign-ins to one page within so long, and neither has left a session. */
const roundMs = 30_000
/** Tabs of one browser that can be at the provider at once; one more and the oldest gives way. */
const maxRunning = 5
/** Cookies of old sign-ins that one reply removes. */
const maxRemoved = 20

/** Seven characters of time, so that the oldest can be told without opening any, then six random. */
const idForm = /^[0-9a-z]{7}[\w-]{6}$/
const stateForm = /^([0-9a-z]{7}[\w-]{6})\.[\w-]{43}$/

/** The {@link SignInStates} of the browsers that hold cookies sealed with these keys. */
export function createSignInStates({ config, random }: SignInStatesOptions): SignInStates {
  const { name, secure } = config.cookie
  const { read } = createCookieReader(name)
  const { seal, open } = createSealer({ keys: config.keys, purpose: 'sign-in-state', random })
  // Lax even where the session is Strict: the callback comes from the provider's site. Host-only: the
  // callback comes back to the very host.
  const line = (id: string, value: string, maxAgeSeconds: number) =>
    setCookie(
      { name: `${name}-s-${id}`, value },
      { maxAgeSeconds, sameSite: 'lax', secure, domain: '' },
    )
  const remove = (ids: Iterable<string>) => [...new Set(ids)].map((id) => line(id, '', 0))
  const openKept = (value: string) => {
    const text = open(value)
    const kept: unknown = text === undefined ? undefined : JSON.parse(text)
    return isKept(kept) ? kept : undefined
  }

  return {
    start: ({ provider, origin, returnPath, cookieHeader, nowMs }) => {
      // Asked for once, as each call of a random source costs more than its bytes.
      const secrets = Buffer.from(random(3 * 32 + 6))
      const secret = (from: number, to: number) => secrets.toString('base64url', from, to)
      const id = timeOf(nowMs) + secret(96, 102).slice(0, 6)
      const codeVerifier = secret(0, 32)
      const state: SignInState = {
        provider,
        origin,
        state: `${id}.${secret(32, 64)}`,
        nonce: secret(64, 96),
        codeVerifier,
        returnPath,
        createdAtMs: nowMs,
      }
      const surplus = surplusIds(read(cookieHeader).states, nowMs)
      return {
        state,
        codeChallenge: hash('sha256', codeVerifier, 'base64url'),
        setCookies: [line(id, seal(JSON.stringify(state)), lifeSeconds), ...remove(surplus)],
      }
    },

    take: (wanted, cookieHeader, nowMs) => {
      const id = stateForm.exec(wanted)?.[1]
      if (id === undefined) return nothing('malformed')
      const cookies = read(cookieHeader).states.filter((cookie) => cookie.id === id)
      const [cookie] = cookies
      if (cookie === undefined) return nothing('no cookie')
      const setCookies = remove([id])
      if (cookies.length > 1) return nothing('two cookies', setCookies)
      const kept = openKept(cookie.value)
      if (kept === undefined) return nothing('does not open', setCookies)
      if (kept.createdAtMs + lifeSeconds * 1000 <= nowMs) {
        return { kind: 'none', detail: 'expired', state: kept, setCookies }
      }
      if (kept.codeVerifier === undefined) return { kind: 'done', state: kept, setCookies: [] }
      const { origin, returnPath } = kept
      const done: Done = { origin, returnPath, createdAtMs: nowMs }
      const doneCookies = [line(id, seal(JSON.stringify(done)), doneSeconds)]
      return { kind: 'taken', state: kept, setCookies, doneCookies }
    },

    goesRound: ({ origin, returnPath, cookieHeader, nowMs }) => {
      const ended = read(cookieHeader).states.filter(({ value }) => {
        const kept = openKept(value)
        if (kept === undefined || kept.codeVerifier !== undefined) return false
        const isHere = kept.origin === origin && kept.returnPath === returnPath
        return isHere && nowMs - kept.createdAtMs < roundMs
      })
      return ended.length >= 2
    },

    forget: (cookieHeader) => {
      const over = read(cookieHeader).states.filter(
        ({ value }) => openKept(value)?.codeVerifier === undefined,
      )
      return remove(over.slice(0, maxRemoved).map(({ id }) => id))
    },
  }
}

function nothing(
  detail: Extract<TakenState, { readonly kind: 'none' }>['detail'],
  setCookies: readonly HeaderLine[] = [],
): TakenState {
  return { kind: 'none', detail, state: undefined, setCookies }
}

/** What stays of a sign-in that has succeeded: nothing that could be used for another. */
interface Done extends Pick<SignInState, 'origin' | 'returnPath' | 'createdAtMs'> {
  readonly codeVerifier?: undefined
}

/** Looks at little: the seal proves that Attaché wrote it, in the version that it names. */
function isKept(value: unknown): value is SignInState | Done {
  return typeof value === 'object' && value !== null && 'returnPath' in value
}

/** Those beyond the newest four that still run, so that with the new one there are five. */
function surplusIds(cookies: readonly StateCookie[], nowMs: number): readonly string[] {
  const bornBefore = timeOf(nowMs - lifeSeconds * 1000)
  const newestFirst = cookies.map(({ id }) => id).toSorted((a, b) => (a < b ? 1 : -1))
  const runs = (id: string) => idForm.test(id) && id > bornBefore
  const kept = new Set(newestFirst.filter(runs).slice(0, maxRunning - 1))
  return newestFirst.filter((id) => !kept.has(id)).slice(-maxRemoved)
}

function timeOf(ms: number): string {
  return Math.floor(ms / 1000)
    .toString(36)
    .padStart(7, '0')
}
