import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type JsonObject, parseObject } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import { decodeBase64, decodeBase64Url } from './base64url.ts'

/** A public key that can verify a signature. Compared by identity: an unchanged key stays the same object. */
export interface VerificationKey {
  /** `""` when the key has none. */
  readonly kid: string
  readonly keyObject: KeyObject
  readonly keyType: 'RSA' | 'EC'
  /** Bits of the modulus, or bytes of a coordinate times eight. */
  readonly bits: number
  /** Equal for equal keys of equal `kid`. */
  readonly fingerprint: string
}

/** What kube-apiserver makes of one JWK. A `fault` spoils the set or the token that it stands in. */
export type ParsedJwk =
  | { readonly kind: 'usable'; readonly key: VerificationKey }
  /** It parses and verifies nothing: a private, symmetric or Ed25519 key, RSA too small. */
  | { readonly kind: 'useless'; readonly isPublic: boolean }
  | { readonly kind: 'fault'; readonly detail: string }

interface RawJwk {
  readonly kid: string
  readonly kty: string
  readonly crv: string
  readonly bytes: Readonly<Partial<Record<BytesName, Buffer>>>
  readonly certificates: readonly X509Certificate[]
}

type BytesName = (typeof bytesNames)[number]

const bytesNames = ['k', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const
const coordinateBytes: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/**
 * Reads a JWK ({@link https://www.rfc-editor.org/rfc/rfc7517#section-4 RFC 7517 §4}) by the rules of
 * go-jose 2.6, which kube-apiserver uses: member names are case-sensitive and stand once; `use`,
 * `key_ops` and `alg` do not restrict the key.
 */
export function parseJwk(text: string): ParsedJwk {
  try {
    const raw = readMembers(text)
    switch (raw.kty) {
      case 'RSA':
        return parseRsa(raw)
      case 'EC':
        return parseEc(raw)
      case 'OKP':
        return parseOkp(raw)
      case 'oct':
        if (raw.bytes.k === undefined) throw new JwkFault('lacks "k"')
        if (raw.certificates.length > 0) throw new JwkFault('is symmetric and has "x5c"')
        return { kind: 'useless', isPublic: false }
      default:
        throw new JwkFault('has an unknown "kty"')
    }
  } catch (error) {
    if (error instanceof JwkFault) return { kind: 'fault', detail: error.message }
    throw error
  }
}

/** Ends the reading of one key; never leaves this file. */
class JwkFault extends Error {
  override readonly name = 'JwkFault'
}

function readMembers(text: string): RawJwk {
  const empty: JsonObject = { members: [], value: {} }
  const object = text === 'null' ? empty : parseObject(text)
  if (object === undefined) throw new JwkFault('is no JSON object')
  if (new Set(object.members.map(({ name }) => name)).size !== object.members.length) {
    throw new JwkFault('repeats a member')
  }
  const { value } = object
  for (const name of ['use', 'alg']) readString(value, name)
  // Its type in go-jose is a struct, so that a set with the string of RFC 7517 §4.6 does not parse.
  const x5u = member(value, 'x5u')
  if (x5u !== undefined && !isRecord(x5u)) throw new JwkFault('has "x5u"')
  const bytes: Partial<Record<BytesName, Buffer>> = {}
  for (const name of bytesNames) {
    if (member(value, name) === undefined) continue
    const decoded = decodeBase64Url(readString(value, name))
    if (decoded === undefined) throw new JwkFault(`has a "${name}" that is no base64url`)
    bytes[name] = decoded
  }
  const certificates = parseCertificates(member(value, 'x5c'))
  checkThumbprint(value, { name: 'x5t', hash: 'fingerprint', size: 20 }, certificates[0])
  checkThumbprint(value, { name: 'x5t#S256', hash: 'fingerprint256', size: 32 }, certificates[0])
  return {
    kid: readString(value, 'kid'),
    kty: readString(value, 'kty'),
    crv: readString(value, 'crv'),
    bytes,
    certificates,
  }
}

/** An absent member and `null` are the same to Go. */
function member(value: JsonObject['value'], name: string): unknown {
  return Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined
}

function readString(value: JsonObject['value'], name: string): string {
  const found = member(value, name) ?? ''
  if (typeof found !== 'string') throw new JwkFault(`has a "${name}" that is no string`)
  return found
}

function parseRsa(raw: RawJwk): ParsedJwk {
  const { n, e, d, p, q } = raw.bytes
  if (n === undefined || e === undefined) throw new JwkFault('lacks "n" or "e"')
  // Go keeps the low 64 bits of the exponent.
  const exponent = BigInt.asIntN(64, toBigInt(e))
  const modulus = toBigInt(n)
  if (d !== undefined) {
    if (p === undefined || q === undefined) throw new JwkFault('lacks "p" or "q"')
    if (!isRsaPair({ modulus, exponent, d: toBigInt(d), p: toBigInt(p), q: toBigInt(q) })) {
      throw new JwkFault('is no RSA private key')
    }
  }
  const bits = modulus.toString(2).length
  const sound = bits >= 1024 && modulus % 2n === 1n && exponent % 2n === 1n
  const keyObject =
    sound && exponent >= 2n && exponent < 2n ** 31n
      ? importKey({
          kty: 'RSA',
          n: toBase64Url(modulus),
          e: toBase64Url(exponent),
        })
      : undefined
  if (keyObject === undefined) {
    if (raw.certificates.length > 0) throw new JwkFault('does not match its "x5c"')
    return { kind: 'useless', isPublic: d === undefined && exponent !== 0n }
  }
  return finish(raw, { keyObject, keyType: 'RSA', bits })
}

function parseEc(raw: RawJwk): ParsedJwk {
  const { x, y, d } = raw.bytes
  const size = coordinateBytes[raw.crv]
  if (size === undefined) throw new JwkFault('has an unsupported "crv"')
  if (x?.length !== size || y?.length !== size)
    throw new JwkFault('has a "x" or "y" of wrong length')
  if (d !== undefined && d.length !== size) throw new JwkFault('has a "d" of wrong length')
  const point = { x: x.toString('base64url'), y: y.toString('base64url') }
  const keyObject = importKey({ kty: 'EC', crv: raw.crv, ...point })
  if (keyObject === undefined) throw new JwkFault('is no point of its curve')
  return finish(raw, { keyObject, keyType: 'EC', bits: size * 8 })
}

function parseOkp(raw: RawJwk): ParsedJwk {
  const { x, d } = raw.bytes
  if (raw.crv !== 'Ed25519' || x === undefined) throw new JwkFault('has an unsupported "crv"')
  const keyObject = importKey({ kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') })
  checkCertificate(raw, keyObject)
  return { kind: 'useless', isPublic: d === undefined }
}

function finish(
  raw: RawJwk,
  key: Pick<VerificationKey, 'keyObject' | 'keyType' | 'bits'>,
): ParsedJwk {
  checkCertificate(raw, key.keyObject)
  if (raw.bytes.d !== undefined) return { kind: 'useless', isPublic: false }
  const material = key.keyObject.export({ format: 'der', type: 'spki' }).toString('base64')
  return { kind: 'usable', key: { ...key, kid: raw.kid, fingerprint: `${material} ${raw.kid}` } }
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** RFC 7517 §4.7: the key of the first certificate is the key of the JWK. */
function checkCertificate(raw: RawJwk, key: KeyObject | undefined): void {
  const certificate = raw.certificates[0]
  if (certificate === undefined) return
  if (key === undefined || !certificate.publicKey.equals(key)) {
    throw new JwkFault('does not match its "x5c"')
  }
}

function parseCertificates(x5c: unknown): X509Certificate[] {
  const found = parseCertificateChain(x5c ?? [])
  if (found === undefined) throw new JwkFault('has an "x5c" that does not parse')
  return found
}

/** The certificates of an `x5c` ({@link https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6 RFC 7515 §4.1.6}), or undefined. */
export function parseCertificateChain(x5c: unknown): X509Certificate[] | undefined {
  if (!Array.isArray(x5c)) return undefined
  const chain: X509Certificate[] = []
  for (const element of x5c) {
    const der = typeof element === 'string' ? decodeBase64(element) : undefined
    // X509Certificate takes PEM as well, and ignores what follows.
    if (der?.[0] !== 0x30) return undefined
    try {
      const certificate = new X509Certificate(der)
      if (certificate.raw.length !== der.length) return undefined
      chain.push(certificate)
    } catch {
      return undefined
    }
  }
  return chain
}

function checkThumbprint(
  value: JsonObject['value'],
  { name, hash, size }: { name: string; hash: 'fingerprint' | 'fingerprint256'; size: number },
  certificate: X509Certificate | undefined,
): void {
  let thumbprint = decodeBase64Url(readString(value, name))
  // Some issuers encode the digits; RFC 7517 §4.8 can be read so.
  if (thumbprint?.length === size * 2) {
    const digits = thumbprint.toString('latin1')
    thumbprint = /^[0-9a-fA-F]*$/.test(digits) ? Buffer.from(digits, 'hex') : undefined
  }
  if (thumbprint === undefined || (thumbprint.length !== 0 && thumbprint.length !== size)) {
    throw new JwkFault(`has a malformed "${name}"`)
  }
  if (thumbprint.length === 0 || certificate === undefined) return
  const expected = certificate[hash].replaceAll(':', '').toLowerCase()
  if (thumbprint.toString('hex') !== expected)
    throw new JwkFault(`has a "${name}" of another "x5c"`)
}

function isRsaPair(key: Record<'modulus' | 'exponent' | 'd' | 'p' | 'q', bigint>): boolean {
  const { modulus, exponent, d, p, q } = key
  if (p <= 1n || q <= 1n || exponent < 2n || p * q !== modulus) return false
  return [p, q].every((prime) => (d * exponent) % (prime - 1n) === 1n % (prime - 1n))
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString('hex')}`)
}

function toBase64Url(number: bigint): string {
  const digits = number.toString(16)
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString(
    'base64url',
  )
}
