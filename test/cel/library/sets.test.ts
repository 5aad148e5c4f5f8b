import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { sets } from '../../../src/cel/library/sets.ts'
import type { CelList } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(sets)

/** What `contains`, `equivalent` and `intersects` answer. */
const rows: readonly (readonly [CelList, CelList, readonly [boolean, boolean, boolean]])[] = [
  [[], [], [true, true, false]],
  [[1n], [], [true, false, false]],
  [[], [1n], [false, false, false]],
  [
    [1n, 2n],
    [2n, 2n],
    [true, false, true],
  ],
  [
    [1n, 2n],
    [2n, 1n, 1n],
    [true, true, true],
  ],
  [[1n], [1, { kind: 'uint', value: 1n }], [true, true, true]],
  [
    [[1n], 'a'],
    ['a', [1]],
    [true, true, true],
  ],
  [[Number.NaN], [Number.NaN], [false, false, false]],
  [[null], [false, 0n, ''], [false, false, false]],
]

describe('sets', () => {
  for (const [a, b, expected] of rows) {
    it(`compares ${inspect(a)} with ${inspect(b)}`, () => {
      const found = ['contains', 'equivalent', 'intersects'].map((name) =>
        call(`list_sets_${name}_list`, a, b),
      )
      assert.deepEqual(found, expected)
    })
  }

  it('does not compare elements for longer than an evaluation may take', () => {
    const long = Array.from({ length: 100_000 }, (_, i) => BigInt(i))
    assert.equal(failed(call('list_sets_contains_list', long, long)), true)
    assert.ok(cost('list_sets_contains_list', long, long) > 1_000_000)
  })

  it('costs what cel-go counts', () => {
    assert.equal(cost('list_sets_contains_list', [1n, 2n], [1n, 2n, 3n]), 7)
    assert.equal(cost('list_sets_equivalent_list', [1n, 2n], [1n, 2n, 3n]), 13)
  })
})
