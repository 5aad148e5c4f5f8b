import type { CelValue } from '../value.ts'
import { formatDouble } from './go-number.ts'
import { isUint } from './kind.ts'
import { typeNameOf } from './runtime-type.ts'

/** A key or an index as an error message names it. Anything but a simple value is named by its type. */
export function formatValue(value: CelValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatDouble(value)
  if (typeof value !== 'object') return String(value)
  return isUint(value) ? String(value.value) : typeNameOf(value)
}
