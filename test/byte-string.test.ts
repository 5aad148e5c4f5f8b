import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { bytesOf, textOf } from '../src/byte-string.ts'

describe('bytesOf() and textOf()', () => {
  it('give back every well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = bytesOf(text)
        assert.match(bytes, /^[\u0000-\u00ff]*$/)
        assert.equal(bytes.length, Buffer.byteLength(text))
        assert.equal(textOf(bytes), text)
      }),
    )
  })

  it('read a byte that is not UTF-8 as U+FFFD', () => {
    assert.equal(textOf('J\u00fcrgen'), 'J\ufffdrgen')
  })
})
