import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { CheckInput } from '../check-input.ts'
import type { BasicConfig } from '../config/types.ts'
import { createAttempts, sourceKey } from './attempts.ts'
import {
  type Authenticated,
  type Authenticator,
  noCredential,
  type Outcome,
} from './authenticator.ts'
import { type BasicCredential, readBasic } from './basic-credential.ts'
import { createPasswordWorkers, type PasswordWorkers } from './password-workers.ts'
import { rejected } from './rejected.ts'

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

const perLogin = { burst: 10, everyMs: 6000, maxKeys: 10_000 }
const perSource = { burst: 30, everyMs: 2000, maxKeys: 10_000 }

/**
 * Authenticates `Authorization: Basic` with bcrypt hashes. After ten wrong passwords for one login, or
 * thirty from one source, further ones are not looked at, and one more every 6 s or 2 s; who was right
 * within the last minute is not held up. A login that does not exist takes as long as one that does.
 */
export function basic(config: BasicConfig, options: BasicOptions): BasicAuthenticator {
  const { now, random, trustedHops, workers = createPasswordWorkers() } = options
  const key = random(32)
  const digest = (...parts: readonly string[]) =>
    createHmac('sha256', key).update(parts.join('\0')).digest('base64')
  const check = passwordCheck(config, { workers, digest })
  const logins = createAttempts(perLogin)
  const sources = createAttempts(perSource)
  const remembered = new LRUCache<string, Remembered>({ max: maxRemembered })
  const underway = new Map<string, Promise<Outcome>>()

  async function attempt(credential: Credential, id: string, source: string): Promise<Outcome> {
    const nowMs = now()
    const login = digest('login', credential.login)
    if (!logins.has(login, nowMs) || !sources.has(source, nowMs)) {
      return rejected('too-many-attempts', 'too many wrong passwords for a login or from a source')
    }
    // Taken before the answer is known, or a thousand guesses at once would all be the first.
    logins.take(login, nowMs)
    sources.take(source, nowMs)
    const giveBack = () => {
      logins.giveBack(login)
      sources.giveBack(source)
    }
    try {
      const outcome = await check(credential)
      if (outcome === undefined) return rejected('credential-invalid', 'wrong login or password')
      giveBack()
      remembered.set(id, { outcome, untilMs: now() + rememberedForMs })
      return outcome
    } catch (error) {
      giveBack()
      throw error
    }
  }

  const authenticate: Authenticator = async (input) => {
    const credential = readBasic(input.headers.get('authorization'))
    if (credential.kind === 'none') return noCredential
    if (credential.kind === 'malformed') return rejected('credential-malformed', credential.detail)
    const id = digest('credential', credential.login, credential.password)
    const known = remembered.get(id)
    if (known !== undefined && now() < known.untilMs) return known.outcome
    const asked = underway.get(id)
    if (asked !== undefined) return asked
    const asking = attempt(credential, id, sourceKey(clientOf(input, trustedHops)))
    underway.set(id, asking)
    return asking.finally(() => underway.delete(id))
  }
  return { authenticate, close: workers.close }
}

type Credential = BasicCredential & { readonly kind: 'credential' }

interface Remembered {
  readonly outcome: Authenticated
  readonly untilMs: number
}

/** Makes what says whose password it is; undefined: nobody's. */
function passwordCheck(
  { hashes, users }: BasicConfig,
  options: {
    readonly workers: PasswordWorkers
    readonly digest: (...parts: readonly string[]) => string
  },
): (credential: Credential) => Promise<Authenticated | undefined> {
  const { workers, digest } = options
  const all = [...hashes.values()]
  const known = new Map<string, Authenticated>()
  for (const login of hashes.keys()) {
    const plain = { name: login, uid: '', groups: [], extra: new Map() }
    known.set(login, authenticated(users.get(login) ?? plain))
  }
  /** Somebody's, always the same for one login: its cost is as likely as it is among real logins. */
  const decoyFor = (login: string) =>
    all[Buffer.from(digest('decoy', login), 'base64').readUInt32BE() % all.length]

  return async ({ login, password }) => {
    const hash = hashes.get(login) ?? decoyFor(login)
    if (hash === undefined) return undefined
    const isSame = await workers.compare({ password, hash })
    return isSame ? known.get(login) : undefined
  }
}

function authenticated(user: Authenticated['user']): Authenticated {
  return {
    kind: 'authenticated',
    user,
    authenticator: 'basic',
    email: undefined,
    idToken: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
  }
}

/** The address that the outermost proxy of ours has seen; what stands before it a client made up. */
function clientOf({ headers, source }: CheckInput, trustedHops: number): string | undefined {
  if (trustedHops === 0) return source
  const entries = headers.get('x-forwarded-for')?.split(',') ?? []
  return entries.slice(-trustedHops)[0]?.trim() ?? source
}
