import type { CelError, CelOpaque, CelValue } from '../value.ts'
import { isKinded } from './kind.ts'
import { unlimitedMeter } from './work.ts'

/**
 * An error in the place of a value. cel-go makes one of a URL, an IP address and the like in an optional
 * that passes through a variable or a ternary: `hasValue()` is still true, and who takes the value out gets
 * the error.
 */
export function poison(error: CelError): CelOpaque {
  return { kind: 'opaque', typeName: 'error', data: error, equals: () => error }
}

/** A value of an optional as it is taken out: what {@link poison} made is the error that it holds. */
export function takenOut(value: CelValue): CelValue | CelError {
  if (!isKinded(value) || value.kind !== 'opaque' || value.typeName !== 'error') return value
  const error = value.equals(null, unlimitedMeter())
  return typeof error === 'boolean' ? value : error
}
