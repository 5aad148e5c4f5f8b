import { isIn } from '../../run/equality.ts'
import { compare, isOrdered } from '../../run/ordering.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
import { chargeWork, type Meter } from '../../run/work.ts'
import { type CelError, type CelList, type CelValue, celError } from '../../value.ts'
import { perCharacter, unpayable } from '../cost.ts'
import { goSort } from './go-sort.ts'

/** What an element takes to be moved, and a comparison. */
const perElement = 200
const perComparison = 200

/** The list in the order of its keys, which are as many, of one type, and of one that has an order. */
export function sortBy(
  list: CelList,
  { keys, meter }: { keys: CelList; meter: Meter },
): CelList | CelError {
  if (list.length !== keys.length) {
    return celError(`Cannot sort a list of ${list.length} by ${keys.length} keys`)
  }
  const [first] = keys
  if (first === undefined) return list
  if (!isOrdered(first)) return celError(`Cannot sort: ${typeNameOf(first)} has no order`)
  chargeWork(meter, list.length * perElement)
  const type = typeNameOf(first)
  if (keys.some((key) => typeNameOf(key) !== type)) {
    return celError('Cannot sort: the keys have different types')
  }
  const pairs = list.map((element, i) => ({ element, key: keys[i] ?? null }))
  // A NaN is before nothing; Go's sort copes with that, and so must its steps here.
  const sorted = goSort(pairs, (a, b) => {
    chargeWork(meter, perComparison)
    return compare(a.key, b.key, meter) === -1
  })
  return sorted.map(({ element }) => element)
}

/** The first of equal elements, in their order. */
export function distinct(list: CelList, meter: Meter): CelList | CelError {
  // The cost ends the evaluation then; the comparisons would take seconds before it does.
  if (comparisons(list) > unpayable) return celError('Cannot compare: the list is too long')
  if (list.length === 0) return list
  const unique: CelValue[] = []
  chargeWork(meter, list.length * perElement)
  for (const element of list) {
    if (!isIn(element, unique, meter)) unique.push(element)
  }
  return unique
}

/** What cel-go counts for comparing all elements of a list with each other, twice. */
export function comparisons(list: CelList): number {
  const [first] = list
  const isText = typeof first === 'string' || first instanceof Uint8Array
  return list.length ** 2 * (isText ? 2 + perCharacter : 2)
}
