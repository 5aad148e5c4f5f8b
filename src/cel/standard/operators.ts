import { withoutKeyReading } from '../run/key-reading.ts'
import { isKinded, isList } from '../run/kind.ts'
import { type CelError, type CelList, type CelValue, celError } from '../value.ts'
import { int, uint } from './integers.ts'
import { between, duration, earlier, later } from './time-arithmetic.ts'

type Operator = (operands: readonly CelValue[]) => CelValue | CelError

/** `a + b`: numbers, times, and texts, bytes and lists joined. */
export const add: Operator = ([a = null, b = null]) => {
  if (typeof a === 'string') return typeof b === 'string' ? a + b : noSuchOverload()
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a + b) : noSuchOverload()
  if (typeof a === 'number') return typeof b === 'number' ? a + b : noSuchOverload()
  if (isList(a)) return isList(b) ? joinLists(a, b) : noSuchOverload()
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array ? Buffer.concat([a, b]) : noSuchOverload()
  }
  return addKinds(a, b)
}

/** `a - b`: numbers and times. */
export const subtract: Operator = ([a = null, b = null]) => {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a - b) : noSuchOverload()
  if (typeof a === 'number') return typeof b === 'number' ? a - b : noSuchOverload()
  if (!isKinded(a) || !isKinded(b)) return noSuchOverload()
  if (a.kind === 'uint') return b.kind === 'uint' ? uint(a.value - b.value) : noSuchOverload()
  if (a.kind === 'timestamp' && b.kind === 'duration') return earlier(a, b.nanos)
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return between(a, b)
  if (a.kind !== 'duration' || b.kind !== 'duration') return noSuchOverload()
  return duration(a.nanos - b.nanos)
}

/** `a * b` */
export const multiply: Operator = ([a = null, b = null]) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a * b)
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (!isKinded(a) || !isKinded(b)) return noSuchOverload()
  if (a.kind !== 'uint' || b.kind !== 'uint') return noSuchOverload()
  return uint(a.value * b.value)
}

/** `a / b`; integers are cut towards zero. */
export const divide: Operator = ([a = null, b = null]) => {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  const error = celError('division by zero')
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? error : int(a / b)
  if (!isKinded(a) || !isKinded(b)) return noSuchOverload()
  if (a.kind !== 'uint' || b.kind !== 'uint') return noSuchOverload()
  return b.value === 0n ? error : uint(a.value / b.value)
}

/** `a % b` of integers, with the sign of `a`. */
export const modulo: Operator = ([a = null, b = null]) => {
  const error = celError('modulus by zero')
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return error
    // The quotient is what overflows.
    return typeof int(a / b) === 'bigint' ? a % b : celError('integer overflow')
  }
  if (!isKinded(a) || !isKinded(b)) return noSuchOverload()
  if (a.kind !== 'uint' || b.kind !== 'uint') return noSuchOverload()
  return b.value === 0n ? error : uint(a.value % b.value)
}

/** `-a` */
export const negate: Operator = ([a = null]) => {
  if (typeof a === 'bigint') return int(-a)
  if (typeof a === 'number') return -a
  return isKinded(a) && a.kind === 'duration' ? duration(-a.nanos) : noSuchOverload()
}

function addKinds(a: CelValue, b: CelValue): CelValue | CelError {
  if (!isKinded(a) || !isKinded(b)) return noSuchOverload()
  if (a.kind === 'uint') return b.kind === 'uint' ? uint(a.value + b.value) : noSuchOverload()
  if (a.kind === 'timestamp') {
    return b.kind === 'duration' ? later(a, b.nanos) : noSuchOverload()
  }
  if (a.kind !== 'duration') return noSuchOverload()
  if (b.kind === 'timestamp') return later(b, a.nanos)
  return b.kind === 'duration' ? duration(a.nanos + b.nanos) : noSuchOverload()
}

/** With an empty list the other one itself: what it is in Go, such as `[]string`, it stays. */
function joinLists(a: CelList, b: CelList): CelList {
  if (a.length === 0) return b
  const first = withoutKeyReading(a)
  if (!isList(first)) return b
  return b.length === 0 ? first : [...first, ...b]
}

function noSuchOverload(): CelError {
  return celError('no such overload')
}
