import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromJson } from '../../../src/cel/run/json.ts'
import {
  elementByIndex,
  hasKeyReading,
  withKeyReading,
  withoutKeyReading,
} from '../../../src/cel/run/key-reading.ts'
import { isList, isMap } from '../../../src/cel/run/kind.ts'
import type { CelList, CelMap } from '../../../src/cel/value.ts'

const read = (name: string) => (name === 'spelled' ? 'a.b' : undefined)

function mapOf(json: object): CelMap {
  const value = withKeyReading(fromJson(json), read)
  assert.ok(typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map')
  return value
}

describe('withKeyReading()', () => {
  it('looks names up under their other spelling', () => {
    assert.equal(mapOf({ 'a.b': 1, spelled: 2 }).get('spelled'), 1)
  })

  it('holds for objects in objects, and in lists by index', () => {
    const list = mapOf({ list: [{ 'a.b': 1 }] }).get('list')
    assert.ok(isList(list))
    const [element] = list
    assert.equal(isMap(element) && element.get('spelled'), undefined)
    const indexed = elementByIndex(list, 0)
    assert.equal(isMap(indexed) && indexed.get('spelled'), 1)
  })

  it('leaves entries as they are', () => {
    assert.deepEqual([...mapOf({ spelled: 1 }).entries()], [['spelled', 1]])
  })

  it('copies no list of texts', () => {
    const texts: CelList = ['a']
    assert.equal(withKeyReading(texts, read), texts)
  })

  it('can be told of an empty list, and taken off', () => {
    const list = withKeyReading([], read)
    assert.ok(isList(list))
    assert.deepEqual(
      [hasKeyReading(list), hasKeyReading(withoutKeyReading(list)), hasKeyReading([])],
      [true, false, false],
    )
  })
})
