import { compareText } from '../library/code-points.ts'
import { type CelError, type CelTimestamp, type CelValue, celError } from '../value.ts'
import { chargeWork, type Meter } from './work.ts'

/** The result of a comparison. */
export type Order = -1 | 0 | 1

/**
 * How two values are ordered, as cel-go's `Compare`: numbers of all types among each other, else only
 * values of one type; "no such overload" for what has no order.
 */
export function compare(a: CelValue, b: CelValue, meter: Meter): Order | CelError {
  const x = numeric(a)
  if (x !== undefined) return compareNumbers(x, numeric(b))
  if (typeof a === 'string') {
    return typeof b === 'string' ? compareTexts(a, b, meter) : noSuchOverload()
  }
  if (typeof a === 'boolean') {
    return typeof b === 'boolean' ? order(Number(a), Number(b)) : noSuchOverload()
  }
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array ? compareBytes(a, b, meter) : noSuchOverload()
  }
  return compareTimes(a, b)
}

/** Whether the type of the value has an order at all. */
export function isOrdered(value: CelValue): boolean {
  if (typeof value !== 'object') return true
  if (value === null || Array.isArray(value)) return false
  if (value instanceof Uint8Array || !('kind' in value)) return true
  return value.kind === 'uint' || value.kind === 'timestamp' || value.kind === 'duration'
}

/** What comparing a character, or a byte, takes. */
const perUnit = 3
const perByte = 0.5

/** By code points; of short texts, which most are, that is fast enough. */
function compareTexts(a: string, b: string, meter: Meter): Order {
  const length = Math.min(a.length, b.length)
  chargeWork(meter, length * perUnit)
  return compareText(a, b)
}

function compareNumbers(a: number | bigint, b: number | bigint | undefined): Order | CelError {
  // What stands on the left is looked at first: a NaN there hides that the right is no number.
  if (Number.isNaN(a)) return celError('NaN values cannot be ordered')
  if (b === undefined) return noSuchOverload()
  if (Number.isNaN(b)) return celError('NaN values cannot be ordered')
  return typeof a === typeof b ? order(a, b) : order(Number(a), Number(b))
}

function compareTimes(a: CelValue, b: CelValue): Order | CelError {
  if (typeof a !== 'object' || a === null || !('kind' in a)) return noSuchOverload()
  if (typeof b !== 'object' || b === null || !('kind' in b)) return noSuchOverload()
  if (a.kind === 'duration' && b.kind === 'duration') return order(a.nanos, b.nanos)
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return compareTimestamps(a, b)
  return noSuchOverload()
}

function compareTimestamps(a: CelTimestamp, b: CelTimestamp): Order {
  return a.seconds === b.seconds ? order(a.nanos, b.nanos) : order(a.seconds, b.seconds)
}

function compareBytes(a: Uint8Array, b: Uint8Array, meter: Meter): Order {
  chargeWork(meter, Math.min(a.length, b.length) * perByte)
  return Buffer.compare(a, b)
}

function numeric(value: CelValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  return value.kind === 'uint' ? value.value : undefined
}

function order<T extends number | bigint>(a: T, b: T): Order {
  return a < b ? -1 : a > b ? 1 : 0
}

function noSuchOverload(): CelError {
  return celError('no such overload')
}
