import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { goSort } from '../../../../src/cel/library/lists/go-sort.ts'

/** Sorts keys and gives where each was before. */
function order(keys: readonly number[]): readonly number[] {
  const items = keys.map((key, at) => ({ key, at }))
  return goSort(items, (a, b) => a.key < b.key).map(({ at }) => at)
}

describe('goSort()', () => {
  const patterns: readonly (readonly [string, (i: number, size: number) => number])[] = [
    ['random keys', (i, size) => (i * 7919 + 13) % size],
    ['equal keys', () => 0],
    ['few keys', (i) => i % 3],
    ['falling keys', (i, size) => size - i],
    ['a pipe organ', (i, size) => Math.min(i, size - i)],
    ['almost sorted keys', (i) => (i % 100 === 0 ? i - 150 : i)],
  ]
  for (const [name, keyOf] of patterns) {
    it(`sorts ${name}`, () => {
      for (const size of [0, 1, 2, 12, 13, 50, 200, 3000]) {
        const keys = Array.from({ length: size }, (_, i) => keyOf(i, size))
        const found = order(keys).map((at) => keys[at])
        assert.deepEqual(
          found,
          keys.toSorted((a, b) => a - b),
        )
      }
    })
  }

  it('leaves equal keys in the order that Go leaves them in', () => {
    // What Go's sort.Slice answers for these keys.
    const keys = Array.from({ length: 20 }, (_, i) => i % 4)
    assert.deepEqual(
      order(keys),
      [0, 16, 4, 12, 8, 1, 17, 5, 13, 9, 10, 6, 14, 2, 18, 11, 7, 15, 3, 19],
    )
  })

  it('ends where nothing is before anything, or everything', () => {
    const nothing = Array.from({ length: 5000 }, () => Number.NaN)
    assert.equal(order(nothing).length, 5000)
    const always = goSort(
      Array.from({ length: 5000 }, (_, i) => i),
      () => true,
    )
    assert.equal(new Set(always).size, 5000)
  })
})
