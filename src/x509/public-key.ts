import { createPublicKey, type KeyObject } from 'node:crypto'
import { fieldsOf, readDer, tags } from './der.ts'
import { readAlgorithm, readBytes } from './primitives.ts'

const curves: ReadonlySet<string | undefined> = new Set([
  'secp224r1',
  'prime256v1',
  'secp384r1',
  'secp521r1',
])

/** The first byte of a point on a curve that is written with both coordinates. */
const uncompressed = 4

/**
 * The key of a SubjectPublicKeyInfo
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7 RFC 5280 §4.1.2.7}); undefined when it
 * is none, or on a curve that Go does not know, or a point that is written in another way.
 */
export function readPublicKey(info: Buffer): KeyObject | undefined {
  const fields = fieldsOf(readDer(info, tags.sequence).content)
  readAlgorithm(fields.take(tags.sequence))
  const bytes = readBytes(fields.take(tags.bitString))
  fields.end()
  const key = createKey(info)
  if (key?.asymmetricKeyType !== 'ec') return key
  const isKnown = curves.has(key.asymmetricKeyDetails?.namedCurve) && bytes[0] === uncompressed
  return isKnown ? key : undefined
}

function createKey(info: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: info, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
