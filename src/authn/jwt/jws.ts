import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { stripWhiteSpace, trimWhiteSpace } from '../white-space.ts'
import { decodeBase64Url } from './base64url.ts'
import { type HeaderReader, type JwsHeader, readHeader } from './jws-header.ts'

/** The nine signature algorithms that kube-apiserver accepts (RFC 7518 §3.1). */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const

export type Algorithm = (typeof algorithms)[number]

/** The three parts of a compact serialization; only `payload` has been looked into. */
export interface CompactJws {
  readonly header: string
  readonly payload: Buffer
  readonly signature: string
}

/** A well-formed signature over `signingInput`, not verified yet. */
export interface Jws {
  readonly kind: 'jws'
  readonly algorithm: Algorithm
  /** `""` when the header has none. */
  readonly kid: string
  readonly signingInput: Buffer
  readonly signature: Buffer
}

/**
 * Splits a compact serialization
 * ({@link https://www.rfc-editor.org/rfc/rfc7515#section-7.1 RFC 7515 §7.1}); undefined for what
 * kube-apiserver would not take for a JWT.
 */
export function splitCompact(token: string): CompactJws | undefined {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 0 || second < 0 || token.includes('.', second + 1)) return undefined
  if (trimWhiteSpace(token).startsWith('{')) return undefined
  const payload = decodeBase64Url(token.slice(first + 1, second))
  if (payload === undefined) return undefined
  return { header: token.slice(0, first), payload, signature: token.slice(second + 1) }
}

/** How a token is read. */
export interface JwsOptions {
  /** Those of the issuer. */
  readonly algorithms: readonly Algorithm[]
  /** Default: one that remembers nothing. */
  readonly readHeader?: HeaderReader | undefined
}

/**
 * Reads the header and the signature as go-jose 2.6 does. The token only picks one of the issuer's
 * algorithms, so neither `none` nor an HMAC with a public key as its secret gets past.
 */
export function parseJws(compact: CompactJws, options: JwsOptions): Jws | Rejected {
  const header = (options.readHeader ?? readHeader)(compact.header)
  if (header.kind === 'rejected') return header
  const signature = decodeBase64Url(stripWhiteSpace(compact.signature))
  if (signature === undefined) {
    return rejected('credential-malformed', 'signature is no base64url')
  }
  const algorithm = options.algorithms.find((candidate) => candidate === header.algorithm)
  if (algorithm === undefined) {
    return rejected('credential-invalid', 'header "alg" is no algorithm that this issuer may use')
  }
  return {
    kind: 'jws',
    algorithm,
    kid: header.kid,
    signingInput: signingInput(header, compact.payload),
    signature,
  }
}

/** Both parts are encoded anew: what was signed is their canonical form, as in go-jose. */
function signingInput({ canonical, encodesPayload }: JwsHeader, payload: Buffer): Buffer {
  return encodesPayload
    ? Buffer.from(`${canonical}.${payload.toString('base64url')}`, 'latin1')
    : Buffer.concat([Buffer.from(`${canonical}.`, 'latin1'), payload])
}
