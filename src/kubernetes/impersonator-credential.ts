import type { Logger } from 'pino'
import { DependencyError } from '../errors.ts'
import { parseValue } from '../json/go-json.ts'
import { isRecord } from '../json/record.ts'
import { failing, messageOf } from './failing.ts'
import type { ServiceAccountName } from './names.ts'
import { tokenFile } from './token-file.ts'
import { requestToken, type TokenRequestOptions } from './token-request.ts'

/**
 * What Attaché shows the API server when it acts for users. Whose it is has the right to impersonate,
 * and should have no other.
 */
export interface ImpersonatorCredential {
  /** At once while it is known; rejects with a `DependencyError` while there is none. */
  readonly token: () => string | Promise<string>
  /** Forgets it; whoever still asks gets it anew. */
  readonly close: () => void
}

export interface CredentialOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
}

/** The share of its life after which a token is replaced. */
const renewalShare = 0.8

/** Milliseconds between attempts: while a token still stands, and while there is none. */
const retryMs = { standing: 5_000, none: 1_000 } as const

interface StandingToken {
  readonly token: string
  readonly askedAtMs: number
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/**
 * The token of a ServiceAccount, by TokenRequest: asked for when it is first needed, so that Attaché may
 * start before the API server and before the account is there; replaced when four fifths of its life are
 * over, and in use until its end while that fails. Its life counts from the question, so it ends here
 * before it ends there, whatever the two clocks say.
 */
export function serviceAccountCredential(
  account: ServiceAccountName,
  { now, log, ...request }: CredentialOptions & TokenRequestOptions,
): ImpersonatorCredential {
  let standing: StandingToken | undefined
  let underway: Promise<string> | undefined
  let failed: { readonly error: DependencyError; readonly atMs: number } | undefined

  async function renew(): Promise<string> {
    const askedAtMs = now()
    try {
      const { token, lifetimeMs } = await requestToken(account, request)
      const renewAtMs = askedAtMs + renewalShare * lifetimeMs
      standing = { token, askedAtMs, renewAtMs, endsAtMs: askedAtMs + lifetimeMs }
      failed = undefined
      return token
    } catch (error) {
      if (error instanceof DependencyError) failed = { error, atMs: now() }
      throw error
    }
  }

  async function renewOnce(): Promise<string> {
    underway ??= renew().finally(() => {
      underway = undefined
    })
    return underway
  }

  /** The failure of a moment ago: thousands of checks a second must not repeat it. */
  function recentFailure(pauseMs: number): DependencyError | undefined {
    const ageMs = now() - (failed?.atMs ?? 0)
    return ageMs >= 0 && ageMs < pauseMs ? failed?.error : undefined
  }

  function renewInBackground(): void {
    if (underway !== undefined || recentFailure(retryMs.standing) !== undefined) return
    renewOnce().catch((error: unknown) => {
      log.warn({ why: messageOf(error) }, 'the token of the impersonator was not renewed')
    })
  }

  return {
    token: () => {
      const nowMs = now()
      // A clock that was set back does not make a token live longer.
      if (standing !== undefined && nowMs >= standing.askedAtMs && nowMs < standing.endsAtMs) {
        if (nowMs >= standing.renewAtMs) renewInBackground()
        return standing.token
      }
      const failure = recentFailure(retryMs.none)
      return failure === undefined ? renewOnce() : Promise.reject(failure)
    },
    close: () => {
      standing = undefined
    },
  }
}

/**
 * A token in a file that something else replaces, such as a projected volume: picked up within a minute,
 * without a reload of the configuration. A broken new version leaves the old one in force until its `exp`.
 */
export function fileCredential(
  path: string,
  { now, log }: CredentialOptions,
): ImpersonatorCredential {
  const fail = failing('act for users')
  const file = tokenFile(path, {
    now,
    onKept: (why) =>
      log.warn({ why }, 'the token of the impersonator was not read again: it stays as it is'),
  })
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let judged: { readonly text: string; readonly endsAtMs: number } | undefined

  function hasEnded(text: string): boolean {
    if (judged?.text !== text) judged = { text, endsAtMs: endOf(text) }
    return now() >= judged.endsAtMs + expiryLeewayMs
  }

  /** Its successor counts as soon as it is there; looked for once a second, however many ask. */
  function lookAgain(): void {
    if (Math.abs(now() - lookedAtMs) < retryMs.none) return
    lookedAtMs = now()
    file.forget()
  }

  async function read(): Promise<string> {
    const text = await file.read().catch((error: unknown) => {
      throw fail(`the token of the impersonator is not known: ${messageOf(error)}`)
    })
    // The API server would answer the user with 401, who could do nothing about it.
    if (hasEnded(text)) throw fail(`the token in "${path}" has expired: see that it is replaced`)
    return text
  }

  return {
    token: () => {
      const text = file.known()
      if (text === undefined) return read()
      if (!hasEnded(text)) return text
      lookAgain()
      return read()
    },
    close: file.forget,
  }
}

/** The API server takes a ServiceAccount's token that much longer, and clocks differ. */
const expiryLeewayMs = 60_000

/** The `exp` of a token that reads as a JWT, in milliseconds since the epoch; others have no end. */
function endOf(token: string): number {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = parseValue(payload)
  const expiry = isRecord(claims) ? claims['exp'] : undefined
  return typeof expiry === 'number' ? expiry * 1000 : Number.POSITIVE_INFINITY
}
