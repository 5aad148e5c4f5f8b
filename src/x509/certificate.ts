import { hash } from 'node:crypto'
import { context, type Der, DerError, fieldsOf, readDer, tags, tryRead } from './der.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { type Attribute, readName } from './name.ts'
import { readBytes, readPositiveHex, readSmallInteger, readTime } from './primitives.ts'
import { readPublicKey } from './public-key.ts'

/** What a CA has signed, or anybody has claimed: nothing here is verified. */
export interface Certificate {
  /** All of it, as it was sent. */
  readonly raw: Buffer
  /** SHA-256 of it, lower-case hexadecimal. */
  readonly fingerprint: string
  readonly version: 1 | 2 | 3
  /** Hexadecimal. */
  readonly serialNumber: string
  /** Names as they are written: two names are the same if their bytes are. */
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly subjectAttributes: readonly Attribute[]
  /** Milliseconds since the epoch, both inclusive. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** A SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  readonly extensions: Extensions
  readonly signed: Signed
}

/** Something with a signature: a certificate or a revocation list. */
export interface Signed {
  /** The bytes that the signature is over. */
  readonly message: Buffer
  /** An AlgorithmIdentifier, the same inside and outside of what is signed. */
  readonly algorithm: Der
  readonly signature: Buffer
}

/**
 * Reads a certificate ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1 RFC 5280 §4.1});
 * undefined when Go would not read it either, or when it is not in DER to the last byte.
 */
export function readCertificate(bytes: Buffer): Certificate | undefined {
  return tryRead(() => {
    const { message, algorithm, signature } = readSigned(bytes)
    const fields = fieldsOf(readDer(message, tags.sequence).content)
    const version = readVersion(fields.takeOptional(context(0)))
    const serialNumber = readPositiveHex(fields.take(tags.integer))
    if (!fields.take(tags.sequence).raw.equals(algorithm.raw)) {
      throw new DerError('two signature algorithms')
    }
    const issuer = fields.take(tags.sequence)
    readName(issuer)
    const validity = fieldsOf(fields.take(tags.sequence).content)
    const notBeforeMs = readTime(validity.takeAny())
    const notAfterMs = readTime(validity.takeAny())
    validity.end()
    const subject = fields.take(tags.sequence)
    const publicKey = fields.take(tags.sequence).raw
    if (readPublicKey(publicKey) === undefined) throw new DerError('no public key')
    if (version > 1) {
      // issuerUniqueID and subjectUniqueID, which nobody uses.
      fields.takeOptional(0x81)
      fields.takeOptional(0x82)
    }
    const extensions = readExtensions(version === 3 ? fields.takeOptional(context(3)) : undefined)
    fields.end()
    return {
      raw: bytes,
      fingerprint: hash('sha256', bytes),
      version,
      serialNumber,
      issuer: issuer.raw,
      subject: subject.raw,
      subjectAttributes: readName(subject),
      notBeforeMs,
      notAfterMs,
      publicKey,
      extensions,
      signed: { message, algorithm, signature },
    }
  })
}

/** The three fields of everything that is signed in X.509. */
export function readSigned(bytes: Buffer): Signed {
  const fields = fieldsOf(readDer(bytes, tags.sequence).content)
  const message = fields.take(tags.sequence).raw
  const algorithm = fields.take(tags.sequence)
  const signature = readBytes(fields.take(tags.bitString))
  fields.end()
  return { message, algorithm, signature }
}

function readVersion(field: Der | undefined): Certificate['version'] {
  if (field === undefined) return 1
  const number = readSmallInteger(readDer(field.content, tags.integer))
  if (number === 0) return 1
  if (number === 1) return 2
  if (number === 2) return 3
  throw new DerError('no version of X.509')
}
