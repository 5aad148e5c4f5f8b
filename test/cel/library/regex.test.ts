import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { regex } from '../../../src/cel/library/regex.ts'
import type { CallContext } from '../../../src/cel/library.ts'
import { type CelList, celError, isNativeStrings } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

/** Stands in for RE2, which the evaluator brings: here only what is asked of it counts. */
const context: CallContext = {
  regex: (pattern) => {
    if (pattern === '(') return celError('missing )')
    return {
      test: (text) => new RegExp(pattern).test(text),
      findAll: (text, { limit }) => {
        const found = text.match(new RegExp(pattern, 'g')) ?? []
        return limit < 0 ? found : found.slice(0, limit)
      },
    }
  },
}
const { call, cost } = calling(regex, context)

describe('regex', () => {
  it('finds the first match, or an empty text', () => {
    assert.equal(call('string_find_string', 'abc 123 456', '[0-9]+'), '123')
    assert.equal(call('string_find_string', 'abc', '[0-9]+'), '')
  })

  const limits: readonly (readonly [bigint, readonly string[]])[] = [
    [-1n, ['1', '2', '3']],
    [0n, []],
    [2n, ['1', '2']],
    [2n ** 62n, ['1', '2', '3']],
  ]
  for (const [limit, expected] of limits) {
    it(`finds all matches up to ${limit}, as a list that is natively []string`, () => {
      const found = call('string_find_all_string_int', '1 2 3', '[0-9]', limit) as CelList
      assert.deepEqual([...found], expected)
      assert.equal(isNativeStrings(found), true)
    })
  }

  it('answers an error for what is no pattern', () => {
    assert.equal(failed(call('string_find_string', 'a', '(')), true)
    assert.equal(failed(call('string_find_all_string', 'a', '(')), true)
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('string_find_string', 'x'.repeat(95), '[0-9]+'), 20)
    assert.equal(cost('string_find_all_string', '', 'a'), 1)
  })
})
