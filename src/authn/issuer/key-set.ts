import type { Logger } from 'pino'
import type { Awaitable } from '../../awaitable.ts'
import { DependencyError } from '../../errors.ts'
import type { VerificationKey } from '../jwt/jwk.ts'
import type { Schedule } from '../schedule.ts'
import { parseJwks } from './jwks.ts'

/** The keys of one issuer, kept fresh. */
export interface KeySet {
  /**
   * The keys now, at once when there are any. Before the first set arrived it waits for the fetch that
   * is under way, and rejects with {@link DependencyError} when there is none or it fails.
   */
  readonly keys: () => Awaitable<readonly VerificationKey[]>
  /**
   * Fetches because a token did not verify: at most once a minute, together with whoever asks
   * meanwhile. Answers whether the set is another one than `seen`.
   */
  readonly refetch: (seen: readonly VerificationKey[]) => Promise<boolean>
  /** False once the issuer withdrew or changed the key. */
  readonly trusts: (key: VerificationKey) => boolean
  /** Whether no set has ever been fetched. */
  readonly isMissing: () => boolean
  /** Resolves when the fetch that is under way, if any, has ended for better or worse. */
  readonly settled: () => Promise<void>
  /** Stops fetching by itself. */
  readonly close: () => void
}

export interface KeySetOptions {
  /** The issuer's URL, for messages. */
  readonly issuer: string
  /** The text of the key set; bounded in time and size. */
  readonly load: () => Promise<string>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly schedule: Schedule
  readonly log: Logger
}

/** A withdrawn key is gone after this and the fetch: within the five minutes of the contract. */
const refreshMs = 240_000
/** Between fetches that tokens cause, and after a fetch that failed while there are keys. */
const refetchMs = 60_000
/**
 * Wait before each new attempt while there are no keys; the last one repeats. kube-apiserver waits twice as
 * long, but a pod that starts with the others of an installation should not be the last to be ready.
 */
const firstAttemptsMs = [1_000, 2_000, 5_000]

/**
 * Fetches the keys at once, then every four minutes, and at a bounded rate when a token does not verify.
 * While the issuer is away, or answers with a set that does not parse, the keys that are there stay.
 */
export function createKeySet({ issuer, load, now, schedule, log }: KeySetOptions): KeySet {
  let current: readonly VerificationKey[] | undefined
  let trusted: ReadonlySet<VerificationKey> = new Set()
  let underway: Promise<void> | undefined
  let failure: unknown
  let failures = 0
  let refetchAllowedAtMs = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | undefined
  let isClosed = false

  function replace(parsed: readonly VerificationKey[]): void {
    const known = new Map(current?.map((key) => [key.fingerprint, key]))
    const next = parsed.map((key) => known.get(key.fingerprint) ?? key)
    if (current?.length === next.length && next.every((key) => trusted.has(key))) return
    log.info({ issuer, keys: next.length }, 'keys of the issuer changed')
    current = next
    trusted = new Set(next)
  }

  async function fetchKeys(): Promise<void> {
    cancel?.()
    try {
      const parsed = parseJwks(await load())
      if (typeof parsed === 'string') throw new Error(`Cannot use the key set: ${parsed}`)
      replace(parsed)
      failures = 0
      failure = undefined
    } catch (error) {
      failures += 1
      failure = error
      const kept = current === undefined ? 'there are none' : 'the previous ones stay'
      log.warn({ issuer, err: error }, `keys of the issuer were not fetched: ${kept}`)
    }
  }

  function attempt(): void {
    underway ??= fetchKeys().finally(() => {
      underway = undefined
      if (!isClosed) cancel = schedule(waitMs(), attempt)
    })
  }

  function waitMs(): number {
    if (failures === 0) return refreshMs
    if (current !== undefined) return refetchMs
    return firstAttemptsMs[Math.min(failures, firstAttemptsMs.length) - 1] ?? refetchMs
  }

  async function firstKeys(): Promise<readonly VerificationKey[]> {
    await underway
    if (current !== undefined) return current
    throw new DependencyError('issuer', `Cannot verify tokens of "${issuer}": it gave no keys`, {
      cause: failure,
    })
  }

  attempt()

  return {
    keys: () => current ?? firstKeys(),
    refetch: async (seen) => {
      if (current === seen && underway === undefined && now() >= refetchAllowedAtMs && !isClosed) {
        refetchAllowedAtMs = now() + refetchMs
        attempt()
      }
      await underway
      return current !== seen
    },
    trusts: (key) => trusted.has(key),
    isMissing: () => current === undefined,
    settled: async () => underway,
    close: () => {
      isClosed = true
      cancel?.()
    },
  }
}
