import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { CheckInput } from '../../check-input.ts'
import type { BasicConfig } from '../../config/types.ts'
import { trustedForwardedFor } from '../../forwarded-for.ts'
import { authenticated } from '../authenticated.ts'
import {
  type Authenticated,
  type Authenticator,
  noCredential,
  type Outcome,
} from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { createAttempts, createSlots, sourceKey } from './attempts.ts'
import { type BasicCredential, readBasic } from './basic-credential.ts'
import type { Place } from './fair-queue.ts'
import { createPasswordWorkers, type PasswordWorkers } from './workers.ts'

/** What {@link basic} needs besides its configuration. */
export interface BasicOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: (size: number) => Buffer
  /** See `listen.trustedHops`: which entry of `X-Forwarded-For` is the client. */
  readonly trustedHops: number
  /** Default: threads of its own. */
  readonly workers?: PasswordWorkers
}

/** An authenticator that holds threads. */
export interface BasicAuthenticator {
  readonly authenticate: Authenticator
  /** Ends them once what was asked is answered. */
  readonly close: () => void
}

/** How long a right password is believed without asking bcrypt again. */
const rememberedForMs = 60_000
const maxRemembered = 10_000
/** How long it then keeps its place: nobody else's passwords hold it up. */
const keepsPlaceForMs = 600_000
/** No check lasts longer: `check.ts` answers within 80 % of ten seconds. */
const longestCheckMs = 8000
/** Passwords of one source that wait or are checked; all sources share few threads. */
const maxAtOnce = 3

const perLogin = { burst: 10, everyMs: 6000, maxKeys: 10_000 }
const perSource = { burst: 30, everyMs: 2000, maxKeys: 10_000 }

/**
 * Authenticates `Authorization: Basic` with bcrypt hashes. After ten wrong passwords for one login, or
 * thirty from one source, further ones are not looked at, and one more every 6 s or 2 s; nor is a fourth
 * at once from one source. A password that was right within the last ten minutes is not held up. A login
 * that does not exist takes as long as one that does.
 */
export function basic(config: BasicConfig, options: BasicOptions): BasicAuthenticator {
  const { now, random, trustedHops, workers = createPasswordWorkers({ now }) } = options
  const key = random(32)
  const digest = (...parts: readonly string[]) =>
    createHmac('sha256', key).update(parts.join('\0')).digest('base64')
  const check = passwordCheck(config, { workers, digest })
  const logins = createAttempts(perLogin)
  const sources = createAttempts(perSource)
  const slots = createSlots(maxAtOnce)
  const remembered = new LRUCache<string, Remembered>({ max: maxRemembered })
  const underway = new Map<string, Promise<Outcome>>()

  async function look(asked: Asked, source: string | undefined): Promise<Outcome> {
    const outcome = await check(asked, { source, deadlineMs: now() + longestCheckMs })
    if (outcome === undefined) return rejected('credential-invalid', 'wrong login or password')
    remembered.set(asked.id, { outcome, rightAtMs: now() })
    return outcome
  }

  async function attempt(asked: Asked, source: string): Promise<Outcome> {
    const nowMs = now()
    const login = digest('login', asked.login)
    if (!logins.has(login, nowMs) || !sources.has(source, nowMs)) {
      return rejected('too-many-attempts', 'too many wrong passwords for a login or from a source')
    }
    if (!slots.take(source)) {
      return rejected('too-many-attempts', 'too many passwords at once from a source')
    }
    // Taken before the answer is known, or a thousand guesses at once would all be the first.
    logins.take(login, nowMs)
    sources.take(source, nowMs)
    let isWrong = false
    try {
      const outcome = await look(asked, source)
      isWrong = outcome.kind === 'rejected'
      return outcome
    } finally {
      slots.giveBack(source)
      if (!isWrong) {
        logins.giveBack(login)
        sources.giveBack(source)
      }
    }
  }

  const authenticate: Authenticator = (input) => {
    const credential = readBasic(input.headers.get('authorization'))
    if (credential.kind === 'none') return noCredential
    if (credential.kind === 'malformed') return rejected('credential-malformed', credential.detail)
    const id = digest('credential', credential.login, credential.password)
    const known = remembered.get(id)
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : now() - known.rightAtMs
    if (known !== undefined && ageMs < rememberedForMs) return known.outcome
    const before = underway.get(id)
    if (before !== undefined) return before
    const asked = { ...credential, id }
    // What was right a moment ago is no guess, and no guesses of others stand in its way.
    const asking =
      ageMs < keepsPlaceForMs
        ? look(asked, undefined)
        : attempt(asked, sourceKey(clientOf(input, trustedHops)))
    underway.set(id, asking)
    return asking.finally(() => underway.delete(id))
  }
  return { authenticate, close: workers.close }
}

type Credential = BasicCredential & { readonly kind: 'credential' }

type Asked = Credential & { readonly id: string }

interface Remembered {
  readonly outcome: Authenticated
  readonly rightAtMs: number
}

/** Makes what says whose password it is; undefined: nobody's. */
function passwordCheck(
  { hashes, users }: BasicConfig,
  options: {
    readonly workers: PasswordWorkers
    readonly digest: (...parts: readonly string[]) => string
  },
): (credential: Credential, place: Place) => Promise<Authenticated | undefined> {
  const { workers, digest } = options
  const all = [...hashes.values()]
  const known = new Map<string, Authenticated>()
  for (const login of hashes.keys()) {
    const plain = { name: login, uid: '', groups: [], extra: new Map() }
    known.set(login, authenticated(users.get(login) ?? plain, forever))
  }
  /** Somebody's, always the same for one login: its cost is as likely as it is among real logins. */
  const decoyFor = (login: string) =>
    all[Buffer.from(digest('decoy', login), 'base64').readUInt32BE() % all.length]

  return async ({ login, password }, place) => {
    const hash = hashes.get(login) ?? decoyFor(login)
    if (hash === undefined) return undefined
    const isSame = await workers.compare({ password, hash }, place)
    return isSame ? known.get(login) : undefined
  }
}

/** Until the configuration says otherwise, and that makes another authenticator. */
const forever = { by: 'basic', expiresAtMs: Number.POSITIVE_INFINITY } as const

/** The address that the outermost proxy of ours has seen; what stands before it a client made up. */
function clientOf({ headers, source }: CheckInput, trustedHops: number): string | undefined {
  return trustedForwardedFor(headers, trustedHops)?.[0] ?? source
}
