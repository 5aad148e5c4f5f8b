/**
 * The wire format of Protocol Buffers, as much of it as a check needs, by hand: a check is answered
 * a few thousand times a second, and a general library spends more on it than on everything else.
 * @see {@link https://protobuf.dev/programming-guides/encoding/ Encoding}
 */

import { type ByteString, bytesOf } from '../byte-string.ts'

/** Wire type of strings, bytes and messages. */
const lengthDelimited = 2

/** The tag of a length-delimited field, as {@link nextTag} gives it and the writers take it. */
export function tagOf(field: number): number {
  return (field << 3) | lengthDelimited
}

/** The tag of a field that holds a number or a boolean. */
export function numberTagOf(field: number): number {
  return field << 3
}

/**
 * A place in a message. Once something is malformed it stays so: every read gives nothing, so that
 * readers need no check after each step.
 */
export interface Cursor {
  readonly bytes: Buffer
  at: number
  /** Where the message that is being read ends. */
  end: number
  malformed: boolean
}

/** A cursor at the beginning of a message. */
export function cursorAt(bytes: Buffer): Cursor {
  return { bytes, at: 0, end: bytes.length, malformed: false }
}

/** The tag of the next field of this message; 0 at its end, and when it is malformed. */
export function nextTag(cursor: Cursor): number {
  if (cursor.malformed || cursor.at >= cursor.end) return 0
  const tag = readVarint(cursor)
  // Field number 0 does not exist; without this it would look like the end of the message.
  if (tag >> 3 === 0) return fail(cursor)
  return tag
}

/** The value of a string field. A byte that is not UTF-8 becomes U+FFFD, as {@link CheckInput} says. */
export function readText(cursor: Cursor): string {
  const length = readLength(cursor)
  if (length === 0) return ''
  const from = cursor.at
  cursor.at += length
  return cursor.bytes.toString('utf8', from, cursor.at)
}

/** Enters the message in this field; gives what {@link leave} needs to come back. */
export function enter(cursor: Cursor): number {
  const length = readLength(cursor)
  const outerEnd = cursor.end
  cursor.end = cursor.at + length
  return outerEnd
}

/** Comes back from the message that {@link enter} entered, after its last field. */
export function leave(cursor: Cursor, outerEnd: number): void {
  cursor.end = outerEnd
}

/** Passes over a field that nobody here knows, as the format asks. */
export function skip(cursor: Cursor, tag: number): void {
  switch (tag & 7) {
    case 0:
      skipVarint(cursor)
      break
    case 1:
      advance(cursor, 8)
      break
    case lengthDelimited:
      // Not in one statement: `+=` would take the place from before the length was read.
      advance(cursor, readLength(cursor))
      break
    case 5:
      advance(cursor, 4)
      break
    default:
      // Groups (3, 4) went out with proto2 and Envoy has none; 6 and 7 do not exist.
      fail(cursor)
  }
}

function fail(cursor: Cursor): 0 {
  cursor.malformed = true
  return 0
}

function advance(cursor: Cursor, count: number): void {
  if (count > cursor.end - cursor.at) fail(cursor)
  else cursor.at += count
}

/** A length that fits into what is left of the message; 0 when it does not. */
function readLength(cursor: Cursor): number {
  const length = readVarint(cursor)
  return length <= cursor.end - cursor.at ? length : fail(cursor)
}

/** Tags and lengths: at most 32 bits, and nearly always one byte. */
function readVarint(cursor: Cursor): number {
  const { bytes, at, end } = cursor
  const first = at < end ? (bytes[at] ?? 0) : 0x80
  if (first < 0x80) {
    cursor.at = at + 1
    return first
  }
  return readLongVarint(cursor)
}

function readLongVarint(cursor: Cursor): number {
  let value = 0
  for (let scale = 1; scale <= 0x1000_0000; scale *= 0x80) {
    const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at++] : undefined
    if (byte === undefined) return fail(cursor)
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value <= 0xffff_ffff ? value : fail(cursor)
  }
  return fail(cursor)
}

/** Values of fields that are passed over: up to 64 bits in ten bytes. */
function skipVarint(cursor: Cursor): void {
  for (let count = 0; count < 10; count++) {
    const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at++] : undefined
    if (byte === undefined) break
    if (byte < 0x80) return
  }
  fail(cursor)
}

// Messages are written as byte strings: the engine joins them without copying, so that nested messages,
// whose length comes before their content, cost no second pass.

/** A string field. The caller has made sure that the text is well-formed. */
export function textField(tag: number, text: string): ByteString {
  return messageField(tag, bytesOf(text))
}

/** A message in a field. */
export function messageField(tag: number, message: ByteString): ByteString {
  return varint(tag) + varint(message.length) + message
}

/** A number or boolean in a field. Not negative, at most 32 bits. */
export function numberField(tag: number, value: number): ByteString {
  return varint(tag) + varint(value)
}

/** The finished message. */
export function toBuffer(message: ByteString): Buffer {
  return Buffer.from(message, 'latin1')
}

function varint(value: number): ByteString {
  if (value < 0x80) return String.fromCharCode(value)
  return String.fromCharCode((value & 0x7f) | 0x80) + varint(value >>> 7)
}
