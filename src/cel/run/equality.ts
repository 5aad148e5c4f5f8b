import { type CelError, type CelMap, type CelObject, type CelValue, celError } from '../value.ts'
import { elementByIndex } from './key-reading.ts'
import { isKinded, isList, isMap, isUint, type Kinded } from './kind.ts'
import { readingWork } from './weight.ts'
import { chargeWork, type Meter } from './work.ts'

/**
 * Whether `a == b` as cel-go says it: numbers of different types by value, NaN never, values of
 * different types not at all. An error where the type on the left refuses to be compared.
 */
export function equals(a: CelValue, b: CelValue, meter: Meter): boolean | CelError {
  if (typeof a === 'string') return typeof b === 'string' && textsEqual(a, b, meter)
  if (typeof a === 'boolean') return a === b
  if (typeof a === 'number' || typeof a === 'bigint') return numbersEqual(a, b)
  if (a === null || b === null) return a === b
  if (isList(a)) return isList(b) && listsEqual(a, b, meter)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && bytesEqual(a, b, meter)
  if (isMap(a)) return mapsEqual(a, b, meter)
  return objectsEqual(a, b, meter)
}

/** Whether a list has an element that equals the value, as `in` looks for it. */
export function isIn(value: CelValue, list: readonly CelValue[], meter: Meter): boolean {
  if (typeof value === 'string' && value.length <= shortText) {
    const place = list.indexOf(value)
    const looked = place < 0 ? list.length : place + 1
    chargeWork(meter, looked * perText)
    return place >= 0
  }
  return list.some((element) => {
    chargeWork(meter, perElement)
    return equals(value, element, meter) === true
  })
}

/** What an element of a list, an entry of a map, a map and a text take to be compared. */
const perElement = 80
const perEntry = 400
const perMap = 600
const perText = 10
/** What comparing a character, or a byte, takes. */
const perEqualUnit = 0.1
/** Up to this length a text is compared in no time. */
const shortText = 64
const perByte = 0.5

function textsEqual(a: string, b: string, meter: Meter): boolean {
  if (a.length !== b.length) return false
  if (a.length > shortText) chargeWork(meter, a.length * perEqualUnit)
  return a === b
}

function objectsEqual(a: Exclude<Kinded, CelMap>, b: CelValue, meter: Meter): boolean | CelError {
  if (a.kind === 'uint') return numbersEqual(a.value, b)
  if (a.kind === 'opaque') return a.equals(b, meter)
  if (a.kind === 'object') return isSameObject(a, b)
  if (!isKinded(b)) return false
  if (a.kind === 'timestamp') {
    return b.kind === 'timestamp' && a.seconds === b.seconds && a.nanos === b.nanos
  }
  if (a.kind === 'duration') return b.kind === 'duration' && a.nanos === b.nanos
  if (a.kind === 'type') return b.kind === 'type' && a.name === b.name
  if (b.kind !== 'optional') return false
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equals(a.value, b.value, meter)
}

function numbersEqual(a: number | bigint, b: CelValue): boolean {
  const other = isUint(b) ? b.value : b
  if (typeof other !== 'number' && typeof other !== 'bigint') return false
  // cel-go compares an integer with a double as doubles, losing what does not fit into 53 bits.
  return typeof a === typeof other ? a === other : Number(a) === Number(other)
}

/** An element that cannot be compared does not make lists differ: cel-go looks for "false" alone. */
function listsEqual(a: readonly CelValue[], b: readonly CelValue[], meter: Meter): boolean {
  if (a.length !== b.length) return false
  return a.every((element, i) => {
    const other = elementByIndex(b, i) ?? null
    chargeWork(meter, perElement + readingWork(other))
    return equals(element, other, meter) !== false
  })
}

function bytesEqual(a: Uint8Array, b: Uint8Array, meter: Meter): boolean {
  if (a.length !== b.length) return false
  chargeWork(meter, a.length * perByte)
  return Buffer.compare(a, b) === 0
}

function mapsEqual(a: CelMap, b: CelValue, meter: Meter): boolean | CelError {
  if (a.isLazy) return isSameObject(a, b)
  if (!isMap(b) || a.size !== b.size) return false
  chargeWork(meter, perMap)
  for (const [key, value] of a.entries()) {
    const other = b.get(key)
    if (other === undefined) return false
    chargeWork(meter, perEntry + readingWork(value) + readingWork(other))
    if (equals(value, other, meter) === false) return false
  }
  return true
}

/** Kubernetes' lazy values are equal to themselves and comparable with nothing else. */
function isSameObject(a: CelMap | CelObject, b: CelValue): boolean | CelError {
  const isComparable = isKinded(b) && (b.kind === 'object' || (b.kind === 'map' && b.isLazy))
  return isComparable ? a === b : celError('no such overload')
}
