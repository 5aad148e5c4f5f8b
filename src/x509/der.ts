/**
 * `x509/` reads certificates and revocation lists and says whether a chain holds, as kube-apiserver
 * does with Go's crypto/x509. It knows no request and no user.
 *
 * This file is the reader: Distinguished Encoding Rules, strictly, so that the bytes that a CA has
 * signed have one meaning.
 * @see {@link https://www.itu.int/rec/T-REC-X.690 X.690}
 */

/** One value: what it is, what it holds, and both together as they were signed. */
export interface Der {
  readonly tag: number
  readonly content: Buffer
  readonly raw: Buffer
}

/** Tags that X.509 uses; `context(n)` for the others. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const

/** The tag of `[n]`, constructed as EXPLICIT makes it. */
export function context(n: number): number {
  return 0xa0 | n
}

/** What is read is no DER, or not what stands there in a certificate. Never leaves this folder. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** The fields of a structure, taken one after the other. */
export interface Fields {
  /** The next field, which must have this tag. */
  readonly take: (tag: number) => Der
  /** The next field if it has this tag. */
  readonly takeOptional: (tag: number) => Der | undefined
  /** The next field, whatever it is. */
  readonly takeAny: () => Der
  readonly isEmpty: () => boolean
  /** Throws when something is left. */
  readonly end: () => void
}

/** What `read` gives, or undefined when the bytes are no DER or not what they should be. */
export function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** The one value that these bytes are, from the first to the last. */
export function readDer(bytes: Buffer, tag: number): Der {
  const fields = fieldsOf(bytes)
  const value = fields.take(tag)
  fields.end()
  return value
}

/** The fields in the content of a value. */
export function fieldsOf(bytes: Buffer): Fields {
  let at = 0
  const isEmpty = () => at >= bytes.length
  const takeAny = () => {
    const value = readAt(bytes, at)
    at += value.raw.length
    return value
  }
  const takeOptional = (tag: number) => (bytes[at] === tag ? takeAny() : undefined)
  const take = (tag: number) => {
    const value = takeOptional(tag)
    if (value === undefined) throw new DerError(`no value with tag ${tag}`)
    return value
  }
  const end = () => {
    if (!isEmpty()) throw new DerError('more than there may be')
  }
  return { take, takeOptional, takeAny, isEmpty, end }
}

/** All values of a SEQUENCE OF or SET OF, each of which must have this tag. */
export function listOf({ content }: Der, tag: number): readonly Der[] {
  const fields = fieldsOf(content)
  const values: Der[] = []
  while (!fields.isEmpty()) values.push(fields.take(tag))
  return values
}

function readAt(bytes: Buffer, start: number): Der {
  const tag = byteAt(bytes, start)
  // Tag numbers from 31 on take more bytes; X.509 has none.
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes')
  const { length, from } = readLength(bytes, start + 1)
  const end = from + length
  if (end > bytes.length) throw new DerError('longer than what holds it')
  return { tag, content: bytes.subarray(from, end), raw: bytes.subarray(start, end) }
}

function readLength(bytes: Buffer, at: number): { readonly length: number; readonly from: number } {
  const first = byteAt(bytes, at)
  if (first < 0x80) return { length: first, from: at + 1 }
  const count = first & 0x7f
  // 0x80 is the indefinite length, which only BER has; four bytes are more than anybody sends.
  if (count === 0 || count > 4) throw new DerError('a length that DER does not have')
  let length = 0
  for (let n = 1; n <= count; n++) length = length * 256 + byteAt(bytes, at + n)
  const shortest = length < 0x80 ? 0 : Math.ceil(Math.log2(length + 1) / 8)
  if (count !== shortest) throw new DerError('a length that is not in its shortest form')
  return { length, from: at + 1 + count }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new DerError('shorter than it says')
  return byte
}
