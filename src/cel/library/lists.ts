import type { Library } from '../library.ts'
import { isList } from '../run/kind.ts'
import { dynType, intType, typeParameter } from '../type.ts'
import { type CelError, type CelList, type CelValue, celError } from '../value.ts'
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
        work: lengthWork,
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
        call: ([elements], { meter }) => flatten(elements, { depth: 1n, meter }),
        cost: ([elements]) => listOfSteps(elements.length),
      }),
      method({
        id: 'list_flatten_int',
        parameters: [listOf(dynType), intType],
        result: listOf(dynType),
        isUnguarded: true,
        call: ([elements, depth], { meter }) => flatten(elements, { depth, meter }),
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
          call: ([elements], { meter }) => sortBy(elements, { keys: elements, meter }),
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
          call: ([elements, keys], { meter }) => sortBy(elements, { keys, meter }),
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
        work: rangeWork,
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
        work: lengthWork,
        cost: ([elements]) => listOfSteps(elements.length),
      }),
    ),
    declare(
      'distinct',
      method({
        id: 'list_distinct',
        parameters: [list],
        result: list,
        call: ([elements], { meter }) => distinct(elements, meter),
        cost: ([elements]) => listOfSteps(comparisons(elements)),
      }),
    ),
  ],
}

/** What an element takes to be copied, and an integer to be made. */
const perElement = 10
const perInteger = 50

function lengthWork([elements = null]: readonly CelValue[]): number {
  return isList(elements) ? elements.length * perElement : 0
}

function rangeWork([size = null]: readonly CelValue[]): number {
  return typeof size === 'bigint' ? Math.min(Math.max(Number(size), 0), unpayable) * perInteger : 0
}

function range(size: bigint): CelList | CelError {
  // Its cost ends the evaluation then, which is too late for a list of a billion.
  if (size > BigInt(unpayable)) return celError('Cannot make a list: the range is too long')
  return Array.from({ length: Math.max(0, Number(size)) }, (_, i) => BigInt(i))
}
