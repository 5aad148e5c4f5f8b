/** Writes DER, and whatever a hostile test wants to pass for it. */

/** A value with this tag, its content in pieces. */
export function der(tag: number, ...content: readonly (Buffer | readonly Buffer[])[]): Buffer {
  const body = Buffer.concat(content.flat())
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}

/** A SEQUENCE. */
export function sequence(...content: readonly (Buffer | readonly Buffer[])[]): Buffer {
  return der(0x30, ...content)
}

/** An OBJECT IDENTIFIER, given with dots. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): number[] {
  const low = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    low.unshift(0x80 | (rest % 128))
  }
  return low
}

/** A non-negative INTEGER. */
export function integer(value: number | Buffer): Buffer {
  if (typeof value !== 'number') return der(0x02, value)
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.of(0), bytes)
}

/** A UTF8String. */
export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text))
}

/** UTCTime until 2049 and GeneralizedTime after it, as RFC 5280 wants. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  const isLate = date.getUTCFullYear() >= 2050
  return isLate ? der(0x18, Buffer.from(digits)) : der(0x17, Buffer.from(digits.slice(2)))
}
