import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  cursorAt,
  enter,
  leave,
  messageField,
  nextTag,
  numberField,
  numberTagOf,
  readText,
  skip,
  tagOf,
  textField,
  toBuffer,
} from '../../src/grpc/wire.ts'

/** Passes over a whole message; true if it was well-formed. */
function isWellFormed(bytes: readonly number[]): boolean {
  const cursor = cursorAt(Buffer.from(bytes))
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) skip(cursor, tag)
  return !cursor.malformed
}

describe('skip() and nextTag()', () => {
  const cases = [
    { what: 'nothing at all', bytes: [], ok: true },
    { what: 'a varint', bytes: [0x08, 0x96, 0x01], ok: true },
    { what: 'a varint of ten bytes', bytes: [0x08, ...Buffer.alloc(9, 0xff), 0x01], ok: true },
    { what: 'a varint of eleven bytes', bytes: [0x08, ...Buffer.alloc(10, 0xff), 0x01], ok: false },
    { what: 'a varint that is cut off', bytes: [0x08, 0x80], ok: false },
    { what: 'a missing varint', bytes: [0x08], ok: false },
    { what: '64 bits', bytes: [0x09, 1, 2, 3, 4, 5, 6, 7, 8], ok: true },
    { what: '64 bits that are cut off', bytes: [0x09, 1, 2, 3, 4, 5, 6, 7], ok: false },
    { what: '32 bits', bytes: [0x0d, 1, 2, 3, 4], ok: true },
    { what: '32 bits that are cut off', bytes: [0x0d, 1, 2, 3], ok: false },
    { what: 'bytes', bytes: [0x0a, 2, 1, 2], ok: true },
    { what: 'bytes that are cut off', bytes: [0x0a, 3, 1, 2], ok: false },
    { what: 'a length beyond 32 bits', bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0x1f], ok: false },
    { what: 'a length of 4 GiB', bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], ok: false },
    { what: 'the largest field number', bytes: [0xfa, 0xff, 0xff, 0xff, 0x0f, 0], ok: true },
    { what: 'a tag that is too long', bytes: [0x8a, 0x80, 0x80, 0x80, 0x80, 0x00, 0], ok: false },
    { what: 'field number 0', bytes: [0x02, 0], ok: false },
    { what: 'the end of a message as a field', bytes: [0x00], ok: false },
    { what: 'a group', bytes: [0x0b, 0x0c], ok: false },
    { what: 'the end of a group', bytes: [0x0c], ok: false },
    { what: 'wire type 6', bytes: [0x0e, 0], ok: false },
    { what: 'wire type 7', bytes: [0x0f, 0], ok: false },
  ]
  for (const { what, bytes, ok } of cases) {
    it(`${ok ? 'pass over' : 'find malformed:'} ${what}`, () => {
      assert.equal(isWellFormed(bytes), ok)
    })
  }
})

describe('enter()', () => {
  it('does not let an inner field reach beyond its message', () => {
    // Field 1 is a message of 2 bytes, in which a string claims 5.
    const cursor = cursorAt(Buffer.from([0x0a, 2, 0x0a, 5, 1, 2, 3, 4, 5]))
    assert.equal(nextTag(cursor), tagOf(1))
    const outer = enter(cursor)
    assert.equal(nextTag(cursor), tagOf(1))
    assert.equal(readText(cursor), '')
    assert.equal(nextTag(cursor), 0)
    leave(cursor, outer)
    assert.equal(nextTag(cursor), 0)
    assert.equal(cursor.malformed, true)
  })
})

describe('the writers', () => {
  it('write lengths of one to three bytes', () => {
    for (const length of [0, 127, 128, 16_383, 16_384]) {
      const cursor = cursorAt(toBuffer(textField(tagOf(1), 'x'.repeat(length))))
      assert.equal(nextTag(cursor), tagOf(1))
      assert.equal(readText(cursor).length, length)
      assert.equal(nextTag(cursor), 0)
      assert.equal(cursor.malformed, false)
    }
  })

  it('count bytes and not characters', () => {
    const bytes = toBuffer(messageField(tagOf(2), textField(tagOf(1), 'ü€😀')))
    assert.deepEqual([...bytes.subarray(0, 4)], [0x12, 11, 0x0a, 9])
  })

  it('write numbers as varints', () => {
    assert.deepEqual([...toBuffer(numberField(numberTagOf(1), 503))], [0x08, 0xf7, 0x03])
  })
})
