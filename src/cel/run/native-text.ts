import type { CelValue } from '../value.ts'
import { isKinded } from './kind.ts'

/**
 * The text that Go's `Value()` makes of a value, where cel-go or Kubernetes asks for that and not for the
 * type: of a text itself, of a type its name, of an optional what is in it. Undefined for all others.
 */
export function nativeText(value: CelValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (!isKinded(value)) return undefined
  if (value.kind === 'type') return value.name
  return value.kind === 'optional' ? nativeText(value.value) : undefined
}
