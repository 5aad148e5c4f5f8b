import { hash } from 'node:crypto'
import type { ProviderConfig } from '../config/browser-types.ts'
import type { UserInfo } from '../user.ts'

/** What a store keeps of a session, sealed. */
export interface SessionRecord {
  /** Random, and no secret: tells sessions apart where they are refreshed or ended. */
  readonly id: string
  readonly provider: string
  /** {@link mappingDigest} of when the user was mapped. */
  readonly mapping: string
  readonly user: UserInfo
  readonly email: string | undefined
  readonly idToken: string | undefined
  readonly refreshToken: string | undefined
  readonly subject: string
  readonly providerSession: string | undefined
  /** Milliseconds since the epoch, as all that follow. */
  readonly createdAtMs: number
  /** The absolute end, which no refresh moves. */
  readonly expiresAtMs: number
  /** From then on it is refreshed, if it has a refresh token; undefined: never. */
  readonly refreshAtMs: number | undefined
}

/**
 * Changes whenever the configuration would map the same sign-in to another identity, or would not
 * accept it any more. A session with another digest has ended: its identity is that of an old rule.
 */
export function mappingDigest(provider: ProviderConfig, keepIDToken: boolean): string {
  const { url, audiences, claimValidationRules, claimMappings, userValidationRules } =
    provider.issuer
  const parts = [
    [provider.id, provider.clientID, provider.claimsFrom, keepIDToken],
    // Of an expression JSON keeps the source, and that is all that makes it.
    [url, audiences, claimValidationRules, claimMappings, userValidationRules],
  ]
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 16)
}

/** The text to seal. */
export function encodeRecord(record: SessionRecord): string {
  const { user, ...rest } = record
  return JSON.stringify({ ...rest, user: { ...user, extra: [...user.extra] } })
}

/** The record of a text that {@link encodeRecord} made; undefined for any other JSON. */
export function decodeRecord(text: string): SessionRecord | undefined {
  const encoded: unknown = JSON.parse(text)
  if (!isEncodedRecord(encoded)) return undefined
  const { user, email, idToken, refreshToken, providerSession, refreshAtMs, ...rest } = encoded
  return {
    ...rest,
    user: { ...user, extra: new Map(user.extra) },
    email,
    idToken,
    refreshToken,
    providerSession,
    refreshAtMs,
  }
}

type Optional = 'email' | 'idToken' | 'refreshToken' | 'providerSession' | 'refreshAtMs'

type EncodedRecord = Omit<SessionRecord, 'user' | Optional> & {
  readonly [Name in Optional]?: Exclude<SessionRecord[Name], undefined>
} & {
  readonly user: Omit<UserInfo, 'extra'> & { readonly extra: [string, readonly string[]][] }
}

/** Looks at little: the seal proves that Attaché wrote the text, in the version that it names. */
function isEncodedRecord(value: unknown): value is EncodedRecord {
  return typeof value === 'object' && value !== null && 'user' in value && 'expiresAtMs' in value
}
