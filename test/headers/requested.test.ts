import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readRequested } from '../../src/headers/requested.ts'
import { encodeLine } from '../support/pre-filtered.ts'

const read = (
  headers: Readonly<Record<string, string>>,
  isWanted: (name: string) => boolean = () => true,
) => readRequested(new Map(Object.entries(headers)), isWanted)

describe('readRequested()', () => {
  it('gives back every line, whatever is in it', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 })
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const found = read({ 'x-attache-requested-a': lines.map(encodeLine).join(',') })
        assert.deepEqual(found?.lines('a'), lines)
      }),
    )
  })

  it('reads nothing but what was renamed and is wanted', () => {
    const headers = {
      a: 'direct',
      'x-attache-requested-a': 'x',
      'x-attache-requested-ab': 'y',
      'x-attache-requested-b': '%',
    }
    const found = read(headers, (name) => name.startsWith('a'))
    assert.deepEqual(found?.lines('a'), ['x'])
    assert.deepEqual(found?.lines('b'), [])
    assert.deepEqual(found?.namesWith('a'), ['a', 'ab'])
  })

  for (const value of [
    'a b',
    'a%',
    'a%2',
    'a%zz',
    '%2c',
    'é',
    '%ff',
    '%C3',
    '%ED%A0%80',
    'a;b',
    'a\tb',
    'a, b',
  ]) {
    it(`refuses ${JSON.stringify(value)}, which the pre-filter does not write`, () => {
      assert.equal(read({ 'x-attache-requested-a': value }), undefined)
    })
  }
})
