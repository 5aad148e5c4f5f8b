import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromJson, hasOnlyFiniteNumbers } from '../../../src/cel/run/json.ts'
import type { CelMap } from '../../../src/cel/value.ts'

function mapOf(text: string): CelMap {
  const value = fromJson(JSON.parse(text))
  assert.ok(typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map')
  return value
}

describe('fromJson()', () => {
  it('makes every number a double', () => {
    assert.deepEqual(fromJson(JSON.parse('[1, 9007199254740993]')), [1, 9007199254740992])
  })

  it('reads own properties only', () => {
    const map = mapOf('{"__proto__": 1, "constructor": 2}')
    assert.deepEqual(
      ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((key) => map.get(key)),
      [1, 2, undefined, undefined],
    )
  })

  it('has no keys but texts', () => {
    assert.equal(mapOf('{"1": "a"}').get(1n), undefined)
  })

  it('puts U+FFFD where half of a surrogate pair is, in values and in names', () => {
    const map = mapOf('{"a\\ud800": "\\udc00b"}')
    assert.equal(map.get('a\ufffd'), '\ufffdb')
    assert.deepEqual([...map.entries()], [['a\ufffd', '\ufffdb']])
  })

  it('converts what is selected and nothing else', () => {
    const object = {
      get costly(): never {
        throw new Error('was read')
      },
      cheap: 1,
    }
    assert.equal(mapFrom(object).get('cheap'), 1)
  })

  it('gives the same list each time', () => {
    const map = mapOf('{"list": [{"a": 1}]}')
    assert.equal(map.get('list'), map.get('list'))
  })
})

function mapFrom(object: object): CelMap {
  const value = fromJson(object)
  assert.ok(typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map')
  return value
}

describe('hasOnlyFiniteNumbers()', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['1e308', true],
    ['1e309', false],
    ['{"a": [{"b": -1e400}]}', false],
    ['[null, "1e400", true]', true],
    [`${'['.repeat(9000)}1e400${']'.repeat(9000)}`, false],
  ]
  for (const [text, isFinite] of cases) {
    it(`says ${isFinite} of ${text.slice(0, 40)}`, () => {
      assert.equal(hasOnlyFiniteNumbers(JSON.parse(text)), isFinite)
    })
  }
})
