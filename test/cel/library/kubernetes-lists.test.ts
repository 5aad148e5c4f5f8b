import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { kubernetesLists } from '../../../src/cel/library/kubernetes-lists.ts'
import type { CelValue } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(kubernetesLists)
const max = 2n ** 63n - 1n
const second: CelValue = { kind: 'duration', nanos: 1_000_000_000n }

/** Overload, arguments, result; undefined for an error. */
const rows: readonly (readonly [string, readonly CelValue[], CelValue | undefined])[] = [
  ['list_int_is_sorted_bool', [[]], true],
  ['list_int_is_sorted_bool', [[1n, 1n, 2n]], true],
  ['list_int_is_sorted_bool', [[2n, 1n]], false],
  // What cannot be compared does not count as out of order.
  ['list_int_is_sorted_bool', [[2n, 'a', 1n]], true],
  ['list_int_is_sorted_bool', [[2n, null]], undefined],
  ['list_int_sum_int', [[]], 0n],
  ['list_int_sum_int', [[1n, 2n]], 3n],
  ['list_int_sum_int', [[max, 1n]], undefined],
  ['list_int_sum_int', [[1n, 2]], undefined],
  ['list_double_sum_double', [[0.5, 1]], 1.5],
  ['list_duration_sum_duration', [[second, second]], { kind: 'duration', nanos: 2_000_000_000n }],
  ['list_int_min_int', [[3n, 1n, 2n]], 1n],
  ['list_int_max_int', [[3n, 1n, 2n]], 3n],
  ['list_bool_min_bool', [[true, false]], false],
  ['list_int_max_int', [[]], undefined],
  ['list_a_index_of_int', [[1n, 2n, 2], 2n], 1n],
  ['list_a_last_index_of_int', [[1n, 2n, 2], 2n], 2n],
  ['list_a_index_of_int', [[], null], -1n],
  ['list_a_index_of_int', [['a', null], null], 1n],
]

describe('Kubernetes lists', () => {
  for (const [id, args, expected] of rows) {
    it(`${id} of ${inspect(args)}`, () => {
      const result = call(id, ...args)
      assert.deepEqual(failed(result) ? undefined : result, expected)
    })
  }

  it('costs what walking the elements costs', () => {
    assert.equal(cost('list_int_sum_int', [1n, 2n, 3n]), 3)
    assert.equal(cost('list_string_max_string', ['é'.repeat(10), 'x'.repeat(19)]), 3)
  })

  it('walks what is nested deeper than JavaScript can call', () => {
    let deep: CelValue = 1n
    for (let i = 0; i < 200_000; i++) deep = [deep]
    assert.equal(cost('list_a_index_of_int', deep, 1n), 1)
  })
})
