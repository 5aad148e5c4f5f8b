import type { Library } from '../library.ts'
import { dynType, intType, typeParameter } from '../type.ts'
import { type CelError, type CelList, celError } from '../value.ts'
import { listOfSteps, unpayable } from './cost.ts'
import { declare, global, listOf, method } from './define.ts'
import { comparisons, distinct, sortBy } from './lists/order.ts'
import { flatten, slice } from './lists/shape.ts'
import { comparableTypes } from './lists/types.ts'

const list = listOf(typeParameter('T'))

/**
 * cel-go's lists extension, version 3.
 * {@link https://github.com/google/cel-go/blob/v0.26.0/ext/README.md#lists cel-go, Lists}
 */
export const lists: Library = {
  functions: [
    declare(
      'slice',
      method({
        id: 'list_slice',
        parameters: [list, intType, intType],
        result: list,
        call: ([elements, start, end]) => slice(elements, start, end),
        cost: (_, result) => listOfSteps(Array.isArray(result) ? result.length : 1),
      }),
    ),
    declare(
      'flatten',
      method({
        id: 'list_flatten',
        parameters: [listOf(list)],
        result: list,
        isUnguarded: true,
        call: ([elements]) => flatten(elements, 1n),
        cost: ([elements]) => listOfSteps(elements.length),
      }),
      method({
        id: 'list_flatten_int',
        parameters: [listOf(dynType), intType],
        result: listOf(dynType),
        isUnguarded: true,
        call: ([elements, depth]) => flatten(elements, depth),
        cost: ([elements, depth]) => Math.max(0, listOfSteps(elements.length * Number(depth))),
      }),
    ),
    {
      name: 'sort',
      overloads: comparableTypes.map(({ name, type }) =>
        method({
          id: `list_${name}_sort`,
          parameters: [listOf(type)],
          result: listOf(type),
          isUnguarded: true,
          call: ([elements]) => sortBy(elements, elements),
          cost: ([elements]) => listOfSteps(comparisons(elements)),
          costUnresolved: () => 1,
        }),
      ),
    },
    {
      // What the macro `sortBy` calls.
      name: '@sortByAssociatedKeys',
      overloads: comparableTypes.map(({ name, type }) =>
        method({
          id: `list_${name}_sortByAssociatedKeys`,
          parameters: [list, listOf(type)],
          result: list,
          isUnguarded: true,
          call: ([elements, keys]) => sortBy(elements, keys),
          cost: ([, keys]) => listOfSteps(comparisons(keys)),
          costUnresolved: () => 1,
        }),
      ),
    },
    declare(
      'lists.range',
      global({
        id: 'lists_range',
        parameters: [intType],
        result: listOf(intType),
        call: ([size]) => range(size),
        cost: ([size]) => listOfSteps(Math.max(0, Number(size))),
      }),
    ),
    declare(
      'reverse',
      method({
        id: 'list_reverse',
        parameters: [list],
        result: list,
        call: ([elements]) => elements.toReversed(),
        cost: ([elements]) => listOfSteps(elements.length),
      }),
    ),
    declare(
      'distinct',
      method({
        id: 'list_distinct',
        parameters: [list],
        result: list,
        call: ([elements]) => distinct(elements),
        cost: ([elements]) => listOfSteps(comparisons(elements)),
      }),
    ),
  ],
}

function range(size: bigint): CelList | CelError {
  // Its cost ends the evaluation then, which is too late for a list of a billion.
  if (size > BigInt(unpayable)) return celError('Cannot make a list: the range is too long')
  return Array.from({ length: Math.max(0, Number(size)) }, (_, i) => BigInt(i))
}
