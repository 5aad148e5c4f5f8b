import { hash } from 'node:crypto'
import type { ProviderConfig } from '../config/browser-types.ts'
import { decodeUser, type EncodedUser, encodeUser } from '../encoded-user.ts'
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
  /** Its `exp`, milliseconds since the epoch; undefined only without one. */
  readonly idTokenExpiresAtMs: number | undefined
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

/** The text to seal: a list without names, as browsers send each byte of it with each request. */
export function encodeRecord(record: SessionRecord): string {
  const { user, ...rest } = record
  const idToken: readonly [null] | readonly [string, number] =
    rest.idToken === undefined ? [null] : [rest.idToken, rest.idTokenExpiresAtMs ?? 0]
  const encoded: EncodedRecord = [
    rest.id,
    rest.provider,
    rest.mapping,
    encodeUser(user),
    rest.subject,
    rest.createdAtMs,
    rest.expiresAtMs,
    rest.refreshAtMs ?? null,
    rest.email ?? null,
    rest.providerSession ?? null,
    rest.refreshToken ?? null,
    ...idToken,
  ]
  return JSON.stringify(encoded)
}

/** The record of a text that {@link encodeRecord} made; undefined for any other JSON. */
export function decodeRecord(text: string): SessionRecord | undefined {
  const encoded: unknown = JSON.parse(text)
  if (!isEncodedRecord(encoded)) return undefined
  const [id, provider, mapping, user, subject, ...rest] = encoded
  const [createdAtMs, expiresAtMs, refreshAtMs, ...more] = rest
  const [email, providerSession, refreshToken, idToken, idTokenExpiresAtMs] = more
  return {
    id,
    provider,
    mapping,
    user: decodeUser(user),
    email: email ?? undefined,
    idToken: idToken ?? undefined,
    idTokenExpiresAtMs,
    refreshToken: refreshToken ?? undefined,
    subject,
    providerSession: providerSession ?? undefined,
    createdAtMs,
    expiresAtMs,
    refreshAtMs: refreshAtMs ?? undefined,
  }
}

type EncodedRecord = readonly [
  id: string,
  provider: string,
  mapping: string,
  user: EncodedUser,
  subject: string,
  createdAtMs: number,
  expiresAtMs: number,
  refreshAtMs: number | null,
  email: string | null,
  providerSession: string | null,
  refreshToken: string | null,
  idToken: string | null,
  idTokenExpiresAtMs?: number,
]

const encodedLengths: readonly number[] = [12, 13]

/** Looks at little: the seal proves that Attaché wrote the text, in the version that it names. */
function isEncodedRecord(value: unknown): value is EncodedRecord {
  return Array.isArray(value) && encodedLengths.includes(value.length) && Array.isArray(value[3])
}
