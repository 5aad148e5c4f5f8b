import type { ResourceAttributes } from '../authz/access.ts'
import { decodeUser, type EncodedUser, encodeUser } from '../encoded-user.ts'
import type { UserInfo } from '../user.ts'

/** What one gateway tells the next. */
export interface GatewayPass {
  readonly user: UserInfo
  /** Verified, as of every user. */
  readonly email: string | undefined
  /** Milliseconds since the epoch; what is made from the pass ends then, too. */
  readonly expiresAtMs: number
  /** What the API server has allowed the user, which is all that the pass is good for. */
  readonly goodFor: readonly ResourceAttributes[]
}

type EncodedPass = readonly [
  expiresAtMs: number,
  user: EncodedUser,
  email: string | null,
  goodFor: readonly ResourceAttributes[],
]

/** The text to seal. */
export function encodePass({ user, email, expiresAtMs, goodFor }: GatewayPass): string {
  const encoded: EncodedPass = [expiresAtMs, encodeUser(user), email ?? null, goodFor]
  return JSON.stringify(encoded)
}

/** The pass of a text that {@link encodePass} made; undefined for any other JSON. */
export function decodePass(text: string): GatewayPass | undefined {
  const encoded: unknown = JSON.parse(text)
  if (!isEncodedPass(encoded)) return undefined
  const [expiresAtMs, user, email, goodFor] = encoded
  return { user: decodeUser(user), email: email ?? undefined, expiresAtMs, goodFor }
}

/** Looks at little: the seal proves that Attaché wrote the text, as a pass. */
function isEncodedPass(value: unknown): value is EncodedPass {
  return Array.isArray(value) && value.length === 4 && Array.isArray(value[1])
}
