import type { Library } from '../library.ts'
import { isIn } from '../run/equality.ts'
import { boolType, typeParameter } from '../type.ts'
import { type CelError, type CelList, celError } from '../value.ts'
import { unpayable } from './cost.ts'
import { declare, global, listOf } from './define.ts'

const list = listOf(typeParameter('T'))

/**
 * cel-go's sets extension: lists seen as sets, 1 and 1.0 being the same.
 * {@link https://github.com/google/cel-go/blob/v0.26.0/ext/README.md#sets cel-go, Sets}
 */
export const sets: Library = {
  functions: [
    {
      name: 'sets.contains',
      overloads: [overload('list_sets_contains_list', 1, contains)],
    },
    declare(
      'sets.equivalent',
      overload('list_sets_equivalent_list', 2, (a, b) => contains(a, b) && contains(b, a)),
    ),
    declare(
      'sets.intersects',
      overload('list_sets_intersects_list', 1, (a, b) => a.some((element) => isIn(element, b))),
    ),
  ],
}

function contains(all: CelList, some: CelList): boolean {
  return some.every((element) => isIn(element, all))
}

function overload(id: string, passes: 1 | 2, test: (a: CelList, b: CelList) => boolean) {
  const comparisons = (a: CelList, b: CelList): number => a.length * b.length * passes
  return global({
    id,
    parameters: [list, list],
    result: boolType,
    call: ([a, b]): boolean | CelError => {
      // The cost ends the evaluation then; the comparisons would take seconds before it does.
      if (comparisons(a, b) > unpayable) return celError('Cannot compare: the lists are too long')
      return test(a, b)
    },
    cost: ([a, b]) => 1 + comparisons(a, b),
  })
}
