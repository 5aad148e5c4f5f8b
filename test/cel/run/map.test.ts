import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { celMap, mapBuilder } from '../../../src/cel/run/map.ts'
import type { CelMap, CelValue } from '../../../src/cel/value.ts'

const one = { kind: 'uint', value: 1n } as const
const large = { kind: 'uint', value: 2n ** 63n } as const

function mapOf(...keys: readonly CelValue[]): CelMap {
  const map = celMap(keys.map((key) => [key, 'found'] as const))
  assert.ok(map !== undefined)
  return map
}

const lookups: readonly (readonly [
  name: string,
  key: CelValue,
  sought: CelValue,
  found: boolean,
])[] = [
  ['an int as uint', 1n, one, true],
  ['an int as double', 1n, 1, true],
  ['a uint as int', one, 1n, true],
  ['a uint as double', large, 2 ** 63, true],
  ['a negative int as double', -1n, -1, true],
  ['a fraction', 1n, 1.5, false],
  // cel-go never looks for a double in place of an integer.
  ['a double as int', 1, 1n, false],
  ['a double as itself', 1.5, 1.5, true],
  ['NaN', Number.NaN, Number.NaN, false],
  ['minus zero', 0, -0, true],
  ['a text that looks like a number', '1', 1n, false],
  ['true as 1', true, 1n, false],
  ['null', null, null, true],
  [
    'a time',
    { kind: 'timestamp', seconds: 1n, nanos: 0 },
    { kind: 'timestamp', seconds: 1n, nanos: 0 },
    true,
  ],
  ['another list', [1n], [1n], false],
]

describe('celMap()', () => {
  for (const [name, key, sought, found] of lookups) {
    it(`${found ? 'finds' : 'does not find'} ${name}`, () => {
      assert.equal(mapOf(key).get(sought) !== undefined, found)
    })
  }

  it('keeps the last of equal keys', () => {
    const map = celMap([
      ['a', 1n],
      ['a', 2n],
    ])
    assert.deepEqual([map?.size, map?.get('a')], [1, 2n])
  })

  it('takes no bytes as a key', () => {
    assert.equal(celMap([[new Uint8Array([1]), 1n]]), undefined)
  })
})

describe('mapBuilder()', () => {
  it('takes each key once, in whatever type a number is', () => {
    const map = mapBuilder()
    assert.equal(map.insert(1n, 'a'), undefined)
    assert.deepEqual(map.insert(one, 'b'), {
      kind: 'error',
      message: 'insert failed: key 1 already exists',
    })
    assert.deepEqual([map.size, [...map.entries()]], [1, [[1n, 'a']]])
  })
})
