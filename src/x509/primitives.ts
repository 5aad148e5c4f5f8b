import { type Der, DerError, fieldsOf, tags } from './der.ts'

/** A BOOLEAN; DER knows two encodings. */
export function readBoolean({ content }: Der): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new DerError('no BOOLEAN')
  }
  return content[0] === 0xff
}

/** The bytes of a non-negative INTEGER in hexadecimal, as a serial number is compared. */
export function readPositiveHex({ content }: Der): string {
  const [first, second] = content
  if (first === undefined || first >= 0x80) throw new DerError('no positive INTEGER')
  const isPadded = first === 0 && second !== undefined && second < 0x80
  if (isPadded) throw new DerError('an INTEGER that is not in its shortest form')
  return content.toString('hex')
}

/** A non-negative INTEGER of at most 31 bits. */
export function readSmallInteger(value: Der): number {
  const hex = readPositiveHex(value)
  if (value.content.length > 4) throw new DerError('an INTEGER that is too large')
  return Number.parseInt(hex, 16)
}

/** An OBJECT IDENTIFIER with dots. */
export function readOid({ content }: Der): string {
  const arcs: number[] = []
  let arc = 0
  let isInside = false
  for (const byte of content) {
    // A leading 0x80 would let one identifier be written in several ways.
    if (!isInside && byte === 0x80) throw new DerError('no OBJECT IDENTIFIER')
    arc = arc * 128 + (byte & 0x7f)
    if (arc > 0x7fff_ffff) throw new DerError('an OBJECT IDENTIFIER that is too large')
    isInside = byte >= 0x80
    if (isInside) continue
    arcs.push(arc)
    arc = 0
  }
  const [first] = arcs
  if (first === undefined || isInside) throw new DerError('no OBJECT IDENTIFIER')
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...arcs.slice(1)].join('.')
}

/** A BIT STRING of whole bytes, as signatures are. */
export function readBytes({ content }: Der): Buffer {
  if (content[0] !== 0) throw new DerError('no BIT STRING of whole bytes')
  return content.subarray(1)
}

/** The numbers of the bits that are set; bit 0 is the highest of the first byte. */
export function readBits({ content }: Der): ReadonlySet<number> {
  const unused = content[0]
  if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0)) {
    throw new DerError('no BIT STRING')
  }
  const bits = new Set<number>()
  for (const [at, byte] of content.subarray(1).entries()) {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) bits.add(at * 8 + bit)
  }
  const last = (content.length - 1) * 8
  for (let bit = last - unused; bit < last; bit++) {
    if (bits.has(bit)) throw new DerError('a BIT STRING that is not in its shortest form')
  }
  return bits
}

const utcTime = 0x17
const generalizedTime = 0x18

/** True for the two types of time that X.509 knows. */
export function isTime(tag: number): boolean {
  return tag === utcTime || tag === generalizedTime
}

/**
 * A time in milliseconds since the epoch
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 RFC 5280 §4.1.2.5}): with seconds,
 * without fractions, `Z`.
 */
export function readTime({ tag, content }: Der): number {
  const text = content.toString('latin1')
  if (tag === utcTime && /^\d{12}Z$/.test(text)) {
    return toMs(`${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`)
  }
  if (tag === generalizedTime && /^\d{14}Z$/.test(text)) return toMs(text)
  throw new DerError('no time')
}

function toMs(digits: string): number {
  const iso = digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const ms = Date.parse(iso)
  // What does not come back the same is a 30th of February or a 24:00.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) throw new DerError('no time')
  return ms
}

/** An AlgorithmIdentifier: its name, and its parameters if there are any. */
export function readAlgorithm(value: Der): {
  readonly oid: string
  readonly parameters: Der | undefined
} {
  const fields = fieldsOf(value.content)
  const oid = readOid(fields.take(tags.oid))
  const parameters = fields.isEmpty() ? undefined : fields.takeAny()
  fields.end()
  return { oid, parameters }
}
