import { type CelError, type CelMap, type CelObject, type CelValue, celError } from '../value.ts'
import { elementByIndex } from './key-reading.ts'
import { isKinded, isList, isMap, isUint, type Kinded } from './kind.ts'

/**
 * Whether `a == b` as cel-go says it: numbers of different types by value, NaN never, values of
 * different types not at all. An error where the type on the left refuses to be compared.
 */
export function equals(a: CelValue, b: CelValue): boolean | CelError {
  if (typeof a === 'string' || typeof a === 'boolean') return a === b
  if (typeof a === 'number' || typeof a === 'bigint') return numbersEqual(a, b)
  if (a === null || b === null) return a === b
  if (isList(a)) return isList(b) && listsEqual(a, b)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && bytesEqual(a, b)
  if (isMap(a)) return mapsEqual(a, b)
  return objectsEqual(a, b)
}

/** Whether a list has an element that equals the value, as `in` looks for it. */
export function isIn(value: CelValue, list: readonly CelValue[]): boolean {
  if (typeof value === 'string') return list.includes(value)
  return list.some((element) => equals(value, element) === true)
}

function objectsEqual(a: Exclude<Kinded, CelMap>, b: CelValue): boolean | CelError {
  if (a.kind === 'uint') return numbersEqual(a.value, b)
  if (a.kind === 'opaque') return a.equals(b)
  if (a.kind === 'object') return isSameObject(a, b)
  if (!isKinded(b)) return false
  if (a.kind === 'timestamp') {
    return b.kind === 'timestamp' && a.seconds === b.seconds && a.nanos === b.nanos
  }
  if (a.kind === 'duration') return b.kind === 'duration' && a.nanos === b.nanos
  if (a.kind === 'type') return b.kind === 'type' && a.name === b.name
  if (b.kind !== 'optional') return false
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equals(a.value, b.value)
}

function numbersEqual(a: number | bigint, b: CelValue): boolean {
  const other = isUint(b) ? b.value : b
  if (typeof other !== 'number' && typeof other !== 'bigint') return false
  // cel-go compares an integer with a double as doubles, losing what does not fit into 53 bits.
  return typeof a === typeof other ? a === other : Number(a) === Number(other)
}

/** An element that cannot be compared does not make lists differ: cel-go looks for "false" alone. */
function listsEqual(a: readonly CelValue[], b: readonly CelValue[]): boolean {
  if (a.length !== b.length) return false
  return a.every((element, i) => equals(element, elementByIndex(b, i) ?? null) !== false)
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function mapsEqual(a: CelMap, b: CelValue): boolean | CelError {
  if (a.isLazy) return isSameObject(a, b)
  if (!isMap(b) || a.size !== b.size) return false
  for (const [key, value] of a.entries()) {
    const other = b.get(key)
    if (other === undefined || equals(value, other) === false) return false
  }
  return true
}

/** Kubernetes' lazy values are equal to themselves and comparable with nothing else. */
function isSameObject(a: CelMap | CelObject, b: CelValue): boolean | CelError {
  const isComparable = isKinded(b) && (b.kind === 'object' || (b.kind === 'map' && b.isLazy))
  return isComparable ? a === b : celError('no such overload')
}
