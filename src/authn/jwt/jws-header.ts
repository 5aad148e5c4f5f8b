import {
  decodeUtf8,
  hasInfinity,
  type JsonObject,
  parseObject,
  repeatsMember,
} from '../../json/go-json.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { stripWhiteSpace } from '../white-space.ts'
import { decodeBase64Url } from './base64url.ts'
import { parseCertificateChain, parseJwk } from './jwk.ts'
import { stringOrList } from './registered-claims.ts'

/** A header that can be understood. */
export interface JwsHeader {
  readonly kind: 'header'
  /** Any text; `""` when there is none. */
  readonly algorithm: string
  /** `""` when there is none. */
  readonly kid: string
  /** False where the payload is signed as it is (RFC 7797 §3). */
  readonly encodesPayload: boolean
  /** Its bytes in base64url, as whoever made the signature is taken to have written them. */
  readonly canonical: string
}

/** Reads a header as it stands in a token. */
export type HeaderReader = (encoded: string) => JwsHeader | Rejected

/** Certificates of an `x5c` that are parsed at most; kube-apiserver has no bound, and needs none of them. */
const maxCertificates = 10

/**
 * Reads a header as go-jose 2.6 does. `jku`, `x5u`, `typ` and unknown members are ignored, `jwk` and `x5c`
 * must parse and are ignored then.
 */
export const readHeader: HeaderReader = (encoded) => {
  const bytes = decodeBase64Url(stripWhiteSpace(encoded))
  if (bytes === undefined) return rejected('credential-malformed', 'header is no base64url')
  const text = decodeUtf8(bytes)
  const header = parseObject(text)
  if (header === undefined) return rejected('credential-malformed', 'header is no JSON object')
  const fault = headerFault(header, text)
  if (fault !== undefined) return rejected('credential-malformed', `header ${fault}`)
  const critical = member(header, 'crit')
  const extensions = critical === null ? [] : stringOrList(critical)
  if (!Array.isArray(critical ?? []) || !extensions?.every((extension) => extension === 'b64')) {
    return rejected('credential-invalid', 'header "crit" names something that is not understood')
  }
  return {
    kind: 'header',
    algorithm: textOrNothing(member(header, 'alg')),
    kid: textOrNothing(member(header, 'kid')),
    encodesPayload: member(header, 'b64') !== false,
    canonical: bytes.toString('base64url'),
  }
}

/** Headers that are remembered, and the characters of one. */
const maxHeaders = 100
const maxRemembered = 1024

/**
 * A {@link readHeader} that reads a header once: all tokens that one key signs have the same. It forgets
 * everything when it holds a hundred; answers stay correct.
 */
export function rememberHeaders(): HeaderReader {
  const headers = new Map<string, JwsHeader>()
  return (encoded) => {
    const known = headers.get(encoded)
    if (known !== undefined) return known
    const header = readHeader(encoded)
    // Another spelling would be kept with the token that it is a piece of.
    if (
      header.kind === 'header' &&
      header.canonical === encoded &&
      encoded.length <= maxRemembered
    ) {
      if (headers.size >= maxHeaders) headers.clear()
      headers.set(header.canonical, header)
    }
    return header
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

function textOrNothing(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
