import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shareNames } from '../../src/headers/share-names.ts'

describe('shareNames()', () => {
  it('answers the list that it was given first, for the same names in the same order alone', () => {
    const share = shareNames(10)
    const first = share(['a', 'b'])
    assert.equal(share(['a', 'b']), first)
    for (const other of [['b', 'a'], ['a'], ['a', 'b', 'c'], []]) {
      assert.deepEqual(share(other), other)
    }
  })

  it('answers right when it has forgotten', () => {
    const share = shareNames(2)
    const lists = [['a'], ['b'], ['a'], ['c'], ['a']]
    assert.deepEqual(lists.map(share), lists)
  })
})
