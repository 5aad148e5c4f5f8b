import { formatDouble, formatPlain } from '../run/go-number.ts'
import { isKinded, isUint } from '../run/kind.ts'
import { typeNameOf } from '../run/runtime-type.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { int, uint } from './integers.ts'
import { parseDuration } from './parse-duration.ts'
import { parseBool, parseDouble, parseInt64, parseUint64 } from './parse-number.ts'
import { parseTimestamp } from './parse-timestamp.ts'
import { timestamp } from './time-arithmetic.ts'
import { formatTimestamp } from './time-format.ts'

type Convert = (value: CelValue) => CelValue | CelError

/** `bool(x)` of a bool or a text. */
export const toBool: Convert = (value) =>
  typeof value === 'string' ? (parseBool(value) ?? refusal(value, 'bool')) : value

/** `bytes(x)`: a text's UTF-8. */
export const toBytes: Convert = (value) => (typeof value === 'string' ? Buffer.from(value) : value)

/** `double(x)` */
export const toDouble: Convert = (value) => {
  if (typeof value === 'string') return parseDouble(value) ?? refusal(value, 'double')
  return isUint(value) ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value
}

/** `int(x)`: doubles are cut, a duration is its nanoseconds, a time its seconds. */
export const toInt: Convert = (value) => {
  if (typeof value === 'string') return parseInt64(value) ?? refusal(value, 'int')
  if (typeof value === 'number') {
    // 2⁶³ itself and its negative are refused, the latter although it would fit.
    return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : celError('integer overflow')
  }
  if (!isKinded(value)) return value
  if (value.kind === 'uint') return int(value.value)
  if (value.kind === 'duration') return value.nanos
  return value.kind === 'timestamp' ? value.seconds : value
}

/** `uint(x)`: doubles are cut. */
export const toUint: Convert = (value) => {
  if (typeof value === 'string') {
    const parsed = parseUint64(value)
    return parsed === undefined ? refusal(value, 'uint') : uint(parsed)
  }
  if (typeof value === 'number') {
    if (value >= 0 && value < 2 ** 64) return uint(BigInt(Math.trunc(value)))
    return celError('unsigned integer overflow')
  }
  return typeof value === 'bigint' ? uint(value) : value
}

/** `string(x)`, with numbers as Go prints them. */
export const toText: Convert = (value) => {
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof Uint8Array) return decoded(value)
  if (!isKinded(value)) return value
  if (value.kind === 'uint') return String(value.value)
  if (value.kind === 'timestamp') return formatTimestamp(value)
  return value.kind === 'duration' ? `${formatPlain(secondsOf(value.nanos))}s` : value
}

/** `duration(x)`: of an int it is always refused, though cel-go declares it. */
export const toDuration: Convert = (value) => {
  if (typeof value === 'string') {
    const nanos = parseDuration(value)
    const name = 'google.protobuf.Duration'
    return nanos === undefined ? refusal(value, name) : { kind: 'duration', nanos }
  }
  return typeof value === 'bigint' ? refusal(value, 'google.protobuf.Duration') : value
}

/** `timestamp(x)`: of seconds, or of RFC 3339. */
export const toTimestamp: Convert = (value) => {
  if (typeof value === 'bigint') return timestamp(value, { nanos: 0 })
  if (typeof value !== 'string') return value
  return parseTimestamp(value) ?? refusal(value, 'google.protobuf.Timestamp')
}

/** As Go's `Seconds()`: whole seconds and their fraction, added as doubles. */
export function secondsOf(nanos: bigint): number {
  const second = 1_000_000_000n
  return Number(nanos / second) + Number(nanos % second) / 1e9
}

function decoded(bytes: Uint8Array): string | CelError {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return celError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

function refusal(value: CelValue, to: string): CelError {
  return celError(`type conversion error from '${typeNameOf(value)}' to '${to}'`)
}
