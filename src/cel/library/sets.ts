import type { Library } from '../library.ts'
import { isIn } from '../run/equality.ts'
import type { Meter } from '../run/work.ts'
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
      overload(
        'list_sets_equivalent_list',
        2,
        (a, b, meter) => contains(a, b, meter) && contains(b, a, meter),
      ),
    ),
    declare(
      'sets.intersects',
      overload('list_sets_intersects_list', 1, (a, b, meter) =>
        a.some((element) => isIn(element, b, meter)),
      ),
    ),
  ],
}

type Test = (a: CelList, b: CelList, meter: Meter) => boolean

function contains(all: CelList, some: CelList, meter: Meter): boolean {
  return some.every((element) => isIn(element, all, meter))
}

function overload(id: string, passes: 1 | 2, test: Test) {
  const comparisons = (a: CelList, b: CelList): number => a.length * b.length * passes
  return global({
    id,
    parameters: [list, list],
    result: boolType,
    call: ([a, b], { meter }): boolean | CelError => {
      // The cost ends the evaluation then; the comparisons would take seconds before it does.
      if (comparisons(a, b) > unpayable) return celError('Cannot compare: the lists are too long')
      return test(a, b, meter)
    },
    cost: ([a, b]) => 1 + comparisons(a, b),
  })
}
