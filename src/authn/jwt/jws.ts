import {
  decodeUtf8,
  hasInfinity,
  type JsonObject,
  parseObject,
  repeatsMember,
} from '../../json/go-json.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { stripWhiteSpace, trimWhiteSpace } from '../white-space.ts'
import { decodeBase64Url } from './base64url.ts'
import { parseCertificateChain, parseJwk } from './jwk.ts'
import { stringOrList } from './registered-claims.ts'

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

/** Certificates of an `x5c` that are parsed at most; kube-apiserver has no bound, and needs none of them. */
const maxCertificates = 10

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

/**
 * Reads the header and the signature as go-jose 2.6 does. `allowed` is the algorithms of the issuer: the
 * token only picks one of them, so neither `none` nor an HMAC with a public key as its secret gets past.
 * `jku`, `x5u`, `typ` and unknown members are ignored, `jwk` and `x5c` must parse and are ignored then.
 */
export function parseJws(compact: CompactJws, allowed: readonly Algorithm[]): Jws | Rejected {
  const headerBytes = decodeBase64Url(stripWhiteSpace(compact.header))
  const signature = decodeBase64Url(stripWhiteSpace(compact.signature))
  if (headerBytes === undefined || signature === undefined) {
    return rejected('credential-malformed', 'header or signature is no base64url')
  }
  const text = decodeUtf8(headerBytes)
  const header = parseObject(text)
  if (header === undefined) return rejected('credential-malformed', 'header is no JSON object')
  const fault = headerFault(header, text)
  if (fault !== undefined) return rejected('credential-malformed', `header ${fault}`)
  const name = member(header, 'alg')
  const algorithm = allowed.find((candidate) => candidate === name)
  if (algorithm === undefined) {
    return rejected('credential-invalid', 'header "alg" is no algorithm that this issuer may use')
  }
  const critical = member(header, 'crit')
  const extensions = critical === null ? [] : stringOrList(critical)
  if (!Array.isArray(critical ?? []) || !extensions?.every((extension) => extension === 'b64')) {
    return rejected('credential-invalid', 'header "crit" names something that is not understood')
  }
  // Both parts are encoded anew: what was signed is their canonical form, as in go-jose.
  const prefix = `${headerBytes.toString('base64url')}.`
  const signingInput =
    member(header, 'b64') === false
      ? Buffer.concat([Buffer.from(prefix, 'latin1'), compact.payload])
      : Buffer.from(prefix + compact.payload.toString('base64url'), 'latin1')
  const kid = member(header, 'kid')
  return {
    kind: 'jws',
    algorithm,
    kid: typeof kid === 'string' ? kid : '',
    signingInput,
    signature,
  }
}

/** What makes a header unreadable to kube-apiserver, in words, or undefined. */
function headerFault(header: JsonObject, text: string): string | undefined {
  if (repeatsMember(text)) return 'repeats a member'
  if (hasInfinity(header.value)) return 'has a number that is too large'
  for (const name of ['alg', 'kid', 'nonce']) {
    const value = member(header, name)
    if (value !== null && typeof value !== 'string') return `"${name}" is no string`
  }
  const x5c = member(header, 'x5c')
  if (Array.isArray(x5c) && x5c.length > maxCertificates) return '"x5c" is too long'
  if (x5c !== null && parseCertificateChain(x5c) === undefined) return '"x5c" does not parse'
  const jwk = header.members.find(({ name }) => name === 'jwk')
  if (jwk === undefined || jwk.text === 'null') return undefined
  const parsed = parseJwk(jwk.text)
  const isPublic = parsed.kind === 'usable' || (parsed.kind === 'useless' && parsed.isPublic)
  return isPublic ? undefined : '"jwk" is no public key'
}

/** The value of a member; null when it is absent, which is the same to go-jose. */
function member({ value }: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : null
}
