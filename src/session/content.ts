import { hash } from 'node:crypto'
import type { ProviderConfig } from '../config/types.ts'
import type { UserInfo } from '../user.ts'

/** What is sealed into a session's cookies. */
export interface SessionContent {
  readonly provider: string
  /** {@link mappingDigest} of when the user was mapped. */
  readonly mapping: string
  readonly user: UserInfo
  readonly email: string | undefined
  readonly idToken: string | undefined
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/**
 * Changes whenever the configuration would map the same sign-in to another identity, or would not
 * accept it any more. A session with another digest has ended: its identity is that of an old rule.
 */
export function mappingDigest(provider: ProviderConfig, keepIDToken: boolean): string {
  const { url, audiences, claimValidationRules, claimMappings, userValidationRules } =
    provider.issuer
  const parts = [
    [provider.id, provider.clientID, keepIDToken],
    // Of an expression JSON keeps the source, and that is all that makes it.
    [url, audiences, claimValidationRules, claimMappings, userValidationRules],
  ]
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 16)
}

/** The text to seal. */
export function encodeContent(content: SessionContent): string {
  const { user, ...rest } = content
  return JSON.stringify({ ...rest, user: { ...user, extra: [...user.extra] } })
}

/** The content of a text that {@link encodeContent} made; undefined for any other JSON. */
export function decodeContent(text: string): SessionContent | undefined {
  const encoded: unknown = JSON.parse(text)
  if (!isEncodedContent(encoded)) return undefined
  const { user, email, idToken, ...rest } = encoded
  return { ...rest, user: { ...user, extra: new Map(user.extra) }, email, idToken }
}

type EncodedContent = Omit<SessionContent, 'user' | 'email' | 'idToken'> & {
  readonly user: Omit<UserInfo, 'extra'> & { readonly extra: [string, readonly string[]][] }
  readonly email?: string
  readonly idToken?: string
}

/** Looks at little: the seal proves that Attaché wrote the text, in the version that it names. */
function isEncodedContent(value: unknown): value is EncodedContent {
  return typeof value === 'object' && value !== null && 'user' in value && 'expiresAtMs' in value
}
