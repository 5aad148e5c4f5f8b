import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unescape } from '../../../src/cel/kubernetes/unescape.ts'

const cases: readonly (readonly [escaped: string, name: string | undefined])[] = [
  ['plain', 'plain'],
  ['a_b', 'a_b'],
  ['example__dot__com__slash__x__dash__y', 'example.com/x-y'],
  ['a__underscores__b', 'a__b'],
  ['__namespace__', 'namespace'],
  ['x__namespace__', undefined],
  ['a__b__c', undefined],
  ['a__b', 'a__b'],
  ['____', '____'],
  ['__dot____dot__', '..'],
  ['__dot_dot__', '__dot_dot__'],
  ['a__Dot__b', undefined],
]

describe('unescape()', () => {
  for (const [escaped, name] of cases) {
    it(`reads ${escaped} as ${name}`, () => {
      assert.equal(unescape(escaped), name)
    })
  }
})
