import { isList } from '../run/kind.ts'
import { callWork } from '../run/weight.ts'
import type { CelValue } from '../value.ts'

/** What an element takes to be copied, and a byte; a text is copied when it is first looked into. */
const perElement = 15
const perUnit = 1

/** The work of joining two values with `+`. */
export function joiningWork([a = null, b = null]: readonly CelValue[]): number {
  return callWork + lengthWork(a) + lengthWork(b)
}

function lengthWork(value: CelValue): number {
  if (isList(value)) return value.length * perElement
  return typeof value === 'string' || value instanceof Uint8Array ? value.length * perUnit : 0
}
