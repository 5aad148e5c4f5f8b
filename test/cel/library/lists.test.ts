import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { lists } from '../../../src/cel/library/lists.ts'
import type { CelValue } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(lists)

/** Overload, arguments, result; undefined for an error. */
const rows: readonly (readonly [string, readonly CelValue[], CelValue | undefined])[] = [
  ['list_slice', [[1n, 2n, 3n], 1n, 3n], [2n, 3n]],
  ['list_slice', [[1n], 1n, 1n], []],
  ['list_slice', [[1n], 0n, 2n], undefined],
  ['list_slice', [[1n], -1n, 1n], undefined],
  ['list_slice', [[1n], 1n, 0n], undefined],
  ['list_flatten', [[1n, [2n, [3n]]]], [1n, 2n, [3n]]],
  ['list_flatten_int', [[1n, [2n, [3n]]], 0n], [1n, [2n, [3n]]]],
  ['list_flatten_int', [[1n, [2n, [3n]]], 9n], [1n, 2n, 3n]],
  ['list_flatten_int', [[1n], -1n], undefined],
  ['list_flatten', ['no list'], undefined],
  ['list_int_sort', [[3n, 1n, 2n]], [1n, 2n, 3n]],
  ['list_string_sort', [['\uffff', '😀', 'a']], ['a', '\uffff', '😀']],
  ['list_bool_sort', [[true, false]], [false, true]],
  ['list_double_sort', [[2, Number.NaN, 1]], [2, Number.NaN, 1]],
  ['list_int_sort', [[1n, 'a']], undefined],
  ['list_int_sort', [[null]], undefined],
  [
    'list_int_sortByAssociatedKeys',
    [
      ['b', 'c', 'a'],
      [2n, 3n, 1n],
    ],
    ['a', 'b', 'c'],
  ],
  ['list_int_sortByAssociatedKeys', [['b'], []], undefined],
  ['lists_range', [3n], [0n, 1n, 2n]],
  ['lists_range', [-3n], []],
  ['list_reverse', [[1n, 2n]], [2n, 1n]],
  ['list_distinct', [[1n, 1, 'a', 2n, 'a', { kind: 'uint', value: 2n }]], [1n, 'a', 2n]],
]

describe('lists', () => {
  for (const [id, args, expected] of rows) {
    it(`${id} of ${inspect(args)}`, () => {
      const result = call(id, ...args)
      assert.deepEqual(failed(result) ? undefined : result, expected)
    })
  }

  it('does not compare elements for longer than an evaluation may take', () => {
    const long = Array.from({ length: 100_000 }, (_, i) => BigInt(i))
    assert.equal(failed(call('list_distinct', long)), true)
    assert.ok(cost('list_distinct', long) > 1_000_000)
    assert.equal(failed(call('lists_range', 10n ** 18n)), true)
    assert.ok(cost('lists_range', 10n ** 18n) > 1_000_000)
  })

  it('flattens what is nested deeper than JavaScript can call', () => {
    let deep: CelValue = []
    for (let i = 0; i < 200_000; i++) deep = [deep]
    assert.deepEqual(call('list_flatten_int', deep, 10n ** 18n), [])
  })

  it('costs what cel-go counts', () => {
    assert.equal(cost('list_slice', [1n, 2n, 3n], 0n, 2n), 13)
    assert.equal(cost('list_flatten_int', [[1n], [2n]], 3n), 17)
    assert.equal(cost('list_int_sort', [1n, 2n, 3n]), 29)
    assert.equal(cost('list_string_sort', ['a', 'b', 'c']), 29)
    assert.equal(cost('list_string_sort', ['a', 'b', 'c', 'd', 'e']), 63)
  })
})
