import { add } from '../../standard/operators.ts'
import { type CelError, type CelList, type CelValue, isCelError } from '../../value.ts'

/** All elements added up, from a zero, which says of which type the first has to be. */
export function addAll(zero: CelValue, list: CelList): CelValue | CelError {
  let sum = zero
  for (const element of list) {
    const next = add([sum, element])
    if (isCelError(next)) return next
    sum = next
  }
  return sum
}
