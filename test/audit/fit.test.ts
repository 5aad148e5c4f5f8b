import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fitList, fitText } from '../../src/audit/fit.ts'

const plain = (text: string): string => text
const doubled = (text: string): string => text.replaceAll('x', 'XX')

describe('fitText()', () => {
  const cases = [
    { text: '', maxBytes: 0, expected: '', omitted: 0 },
    { text: 'abc', maxBytes: 3, expected: 'abc', omitted: 0 },
    { text: 'abcd', maxBytes: 3, expected: 'abc', omitted: 1 },
    { text: 'äöü', maxBytes: 6, expected: 'äöü', omitted: 0 },
    { text: 'äöü', maxBytes: 5, expected: 'äö', omitted: 1 },
    { text: 'a😀b', maxBytes: 4, expected: 'a', omitted: 3 },
  ]
  for (const { text, maxBytes, expected, omitted } of cases) {
    it(`fits ${JSON.stringify(text)} into ${maxBytes} bytes`, () => {
      assert.deepEqual(fitText(text, { maxBytes, escape: plain }), { text: expected, omitted })
    })
  }

  it('measures what is written, and tears no escape', () => {
    const fitted = fitText('axx', { maxBytes: 4, escape: doubled })
    assert.deepEqual(fitted, { text: 'aXX', omitted: 1 })
  })
})

describe('fitList()', () => {
  const options = { maxBytes: 10, overheadBytes: 2, escape: doubled }

  it('takes whole values while there is room', () => {
    const fitted = fitList(['abc', 'abc', 'a'], options)
    assert.deepEqual(fitted, { values: ['abc', 'abc'], omitted: 1, bytes: 10 })
  })

  it('leaves out a value that is too long, and not those behind it', () => {
    const fitted = fitList(['y'.repeat(99), 'xxxxx', 'x'], options)
    assert.deepEqual(fitted, { values: ['XX'], omitted: 2, bytes: 4 })
  })

  it('is empty for an empty list', () => {
    assert.deepEqual(fitList([], options), { values: [], omitted: 0, bytes: 0 })
  })
})
