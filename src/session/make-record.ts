import type { SessionConfig } from '../config/browser-types.ts'
import type { SessionRecord } from './record.ts'
import { refreshTime } from './refresh-time.ts'
import type { Random } from './seal.ts'
import type { NewSession, Refreshed } from './sessions.ts'

/** What decides which parts of a provider's answer a session keeps. */
export interface RecordOptions {
  readonly config: Pick<SessionConfig, 'refreshAfterMs'>
  /** Whether anything is done with the ID token; otherwise no session keeps it. */
  readonly keepIDToken: boolean
  /** Whether it goes upstream, and so must be renewed before it ends. */
  readonly sendIDToken: boolean
  readonly random: Random
}

export interface FirstRecordOptions extends RecordOptions {
  readonly config: SessionConfig
  /** `mappingDigest` of the provider. */
  readonly mapping: string
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** The record of a session that a sign-in begins. */
export function firstRecord(found: NewSession, options: FirstRecordOptions): SessionRecord {
  const { config, mapping, random, nowMs } = options
  const { provider, user, email, subject, providerSession } = found
  // In cookies it takes room for nothing where no session is refreshed.
  const keepRefreshToken = config.redis !== undefined || config.cookie.refresh
  const refreshToken = keepRefreshToken ? found.refreshToken : undefined
  return {
    id: Buffer.from(random(16)).toString('base64url'),
    provider,
    mapping,
    user,
    email,
    ...keptIDToken(found, options),
    refreshToken,
    subject,
    providerSession,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + config.absoluteLifetimeMs,
    refreshAtMs: refreshToken === undefined ? undefined : refreshAt(found, options),
  }
}

export interface RefreshedRecordOptions extends RecordOptions, Pick<FirstRecordOptions, 'nowMs'> {
  /** Of the provider. */
  readonly answer: Extract<Refreshed, { kind: 'renewed' | 'continued' }>
}

/** The record of a session after a refresh: what the answer does not say stays as it was. */
export function refreshedRecord(
  before: SessionRecord,
  { answer, ...options }: RefreshedRecordOptions,
): SessionRecord {
  if (answer.kind === 'continued') {
    const { identity, refreshToken } = answer
    return { ...before, ...identity, refreshToken, refreshAtMs: refreshAt(undefined, options) }
  }
  const { user, email, refreshToken, providerSession } = answer.session
  return {
    ...before,
    user,
    email,
    // Told for the first time, it may be all that a logout token names.
    providerSession: providerSession ?? before.providerSession,
    ...keptIDToken(answer.session, options),
    refreshToken: refreshToken ?? before.refreshToken,
    refreshAtMs: refreshAt(answer.session, options),
  }
}

function keptIDToken(
  { idToken, idTokenExpiresAtMs }: NewSession,
  { keepIDToken }: RecordOptions,
): Pick<SessionRecord, 'idToken' | 'idTokenExpiresAtMs'> {
  return keepIDToken
    ? { idToken, idTokenExpiresAtMs }
    : { idToken: undefined, idTokenExpiresAtMs: undefined }
}

/** With an ID token that is sent on, before that ends. */
function refreshAt(
  answer: NewSession | undefined,
  { config, sendIDToken, random, nowMs }: RecordOptions & Pick<FirstRecordOptions, 'nowMs'>,
): number {
  const { refreshAfterMs } = config
  const idTokenExpiresAtMs = sendIDToken ? answer?.idTokenExpiresAtMs : undefined
  return refreshTime({ nowMs, refreshAfterMs, idTokenExpiresAtMs, random })
}
