import { compare, isOrdered } from '../../run/ordering.ts'
import type { Meter } from '../../run/work.ts'
import { type CelError, type CelList, type CelValue, celError } from '../../value.ts'

/**
 * Whether no element is before the one before it. Elements that cannot be compared with each other count as
 * sorted, as Kubernetes has it.
 */
export function isSorted(list: CelList, meter: Meter): boolean | CelError {
  let previous: CelValue | undefined
  for (const element of list) {
    if (!isOrdered(element)) return noOrder()
    if (previous !== undefined && compare(previous, element, meter) === 1) return false
    previous = element
  }
  return true
}

/** The first of the smallest elements. */
export function least(list: CelList, meter: Meter): CelValue | CelError {
  return extreme(list, { order: 1, meter })
}

/** The first of the greatest elements. */
export function greatest(list: CelList, meter: Meter): CelValue | CelError {
  return extreme(list, { order: -1, meter })
}

/** An element replaces the best so far when that one compares to it in the given way. */
function extreme(
  list: CelList,
  { order, meter }: { order: 1 | -1; meter: Meter },
): CelValue | CelError {
  let best: CelValue | undefined
  for (const element of list) {
    if (!isOrdered(element)) return noOrder()
    if (best === undefined || compare(best, element, meter) === order) best = element
  }
  return best ?? celError('Cannot find an extreme: the list is empty')
}

function noOrder(): CelError {
  return celError('Cannot compare: an element of the list has no order')
}
