import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Der, fieldsOf, readDer, tags } from './der.ts'
import { readAlgorithm, readBytes, readPositiveHex, readSmallInteger } from './primitives.ts'

const curves: ReadonlySet<string | undefined> = new Set([
  'secp224r1',
  'prime256v1',
  'secp384r1',
  'secp521r1',
])

/** The first byte of a point on a curve that is written with both coordinates. */
const uncompressed = 4

/** Larger RSA keys no client can show to kube-apiserver: Go's TLS ends the handshake. */
const maxRsaBits = 8192n

/**
 * The key of a SubjectPublicKeyInfo
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7 RFC 5280 §4.1.2.7}); undefined when it
 * is none, or on a curve that Go does not know, or a point that is written in another way, or an RSA key
 * of more than 8192 bits or with an exponent that Go verifies nothing with.
 */
export function readPublicKey(info: Buffer): KeyObject | undefined {
  const fields = fieldsOf(readDer(info, tags.sequence).content)
  const { parameters } = readAlgorithm(fields.take(tags.sequence))
  const bytes = readBytes(fields.take(tags.bitString))
  fields.end()
  const key = createKey(info)
  if (key?.asymmetricKeyType === 'rsa') return isSoundRsa({ parameters, bytes }) ? key : undefined
  if (key?.asymmetricKeyType !== 'ec') return key
  const isKnown = curves.has(key.asymmetricKeyDetails?.namedCurve) && bytes[0] === uncompressed
  return isKnown ? key : undefined
}

/**
 * Whoever sends a certificate has chosen its key, and the price of a verification with it: OpenSSL
 * takes an exponent as long as the modulus, which costs a hundred times as much as a usual one. It also
 * takes negative numbers, for others than they are.
 */
function isSoundRsa({
  parameters,
  bytes,
}: {
  parameters: Der | undefined
  bytes: Buffer
}): boolean {
  const numbers = fieldsOf(readDer(bytes, tags.sequence).content)
  const modulus = readPositiveHex(numbers.take(tags.integer))
  const exponent = readSmallInteger(numbers.take(tags.integer))
  numbers.end()
  const isPlain = parameters?.raw.equals(Buffer.of(tags.null, 0)) === true
  const isShort = BigInt(`0x${modulus}`) < 2n ** maxRsaBits
  return isPlain && isShort && exponent >= 3 && exponent % 2 === 1
}

function createKey(info: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: info, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
