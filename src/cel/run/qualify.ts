import { type CelError, type CelList, type CelValue, celError } from '../value.ts'
import { formatValue } from './format-value.ts'
import { elementByIndex } from './key-reading.ts'
import { typeNameOf } from './runtime-type.ts'

/**
 * What a field or an index finds in a value, as cel-go's `refQualify`. Undefined: it is not there, which
 * an optional or `has()` takes for an answer and {@link missing} for an error.
 */
export function find(value: CelValue, key: CelValue): CelValue | CelError | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) return findElement(value, key)
  if (value instanceof Uint8Array || !('kind' in value)) return undefined
  if (value.kind === 'map') {
    if (value.find !== undefined) return value.find(key)
    return value.get(key)
  }
  if (value.kind !== 'object') return undefined
  return typeof key === 'string' ? value.get(key) : celError('no such overload')
}

/** The error for what {@link find} did not find. */
export function missing(value: CelValue, key: CelValue): CelError {
  return Array.isArray(value)
    ? celError(`index out of bounds: ${formatValue(key)}`)
    : celError(`no such key: ${formatValue(key)}`)
}

/** Whether a value can be a field or an index at all. */
export function isKey(value: CelValue): boolean {
  if (typeof value !== 'object') return true
  return value !== null && 'kind' in value && value.kind === 'uint'
}

function findElement(list: CelList, key: CelValue): CelValue | CelError | undefined {
  const index = indexOf(key)
  return typeof index === 'number' ? elementByIndex(list, index) : index
}

/** A number that no list reaches may come out as -1. */
function indexOf(key: CelValue): number | CelError {
  if (typeof key === 'bigint') return key >= 0n && key < 2n ** 32n ? Number(key) : -1
  if (typeof key === 'number') {
    // As an int: only whole numbers within 64 bits.
    if (Number.isInteger(key) && Math.abs(key) < 2 ** 63) return key >= 0 ? key : -1
    return celError(`unsupported index value ${formatValue(key)} in list`)
  }
  if (typeof key === 'object' && key !== null && 'kind' in key && key.kind === 'uint') {
    if (key.value < 2n ** 63n) return key.value < 2n ** 32n ? Number(key.value) : -1
    return celError(`unsupported index value ${formatValue(key)} in list`)
  }
  return celError(`unsupported index type '${typeNameOf(key)}' in list`)
}
