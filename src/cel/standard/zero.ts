import { hasKeyReading } from '../run/key-reading.ts'
import { isList } from '../run/kind.ts'
import type { CelValue } from '../value.ts'

/** The seconds of 0001-01-01, which is Go's zero time. */
const zeroTime = -62135596800n

/** Whether Go takes a value for the zero value of its type; types without one are never zero. */
export function isZero(value: CelValue): boolean {
  if (typeof value === 'string') return value === ''
  if (typeof value !== 'object') return Number(value) === 0
  if (value === null) return true
  if (value instanceof Uint8Array) return value.length === 0
  if (isList(value)) return value.length === 0 && !hasKeyReading(value)
  if (value.kind === 'uint') return value.value === 0n
  if (value.kind === 'duration') return value.nanos === 0n
  if (value.kind === 'timestamp') return value.seconds === zeroTime && value.nanos === 0
  return value.kind === 'map' && value.size === 0 && !value.isLazy && !hasKeyReading(value)
}
