import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { DerError, fieldsOf, readDer, tags, tryRead } from '../../src/x509/der.ts'
import {
  readBits,
  readBoolean,
  readBytes,
  readOid,
  readPositiveHex,
  readSmallInteger,
  readTime,
} from '../../src/x509/primitives.ts'
import { der, integer, oid } from '../support/der-writer.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const value = (text: string) => fieldsOf(hex(text)).takeAny()

describe('readDer()', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) => {
        const { content, raw } = readDer(der(0x30, Buffer.from(bytes)), tags.sequence)
        assert.deepEqual(content, Buffer.from(bytes))
        assert.equal(
          raw.length - content.length,
          bytes.length < 0x80 ? 2 : raw[1] === 0x81 ? 3 : raw[1] === 0x82 ? 4 : 5,
        )
      }),
      { numRuns: 50 },
    )
  })

  const malformed = [
    { what: 'nothing', bytes: '' },
    { what: 'a tag alone', bytes: '30' },
    { what: 'another tag', bytes: '31 00' },
    { what: 'less than it says', bytes: '30 02 00' },
    { what: 'more than it says', bytes: '30 00 00' },
    { what: 'an indefinite length', bytes: '30 80 00 00' },
    { what: 'a length of two bytes where one does', bytes: '30 81 01 00' },
    { what: 'a length with a leading zero', bytes: `30 82 00 80 ${'00'.repeat(128)}` },
    { what: 'a length of five bytes', bytes: '30 85 00 00 00 00 00' },
    { what: 'a length of 127 bytes', bytes: `30 ff ${'ff'.repeat(127)}` },
    { what: 'a length of 4 GiB', bytes: '30 84 ff ff ff ff' },
    { what: 'a length that is cut off', bytes: '30 82 01' },
  ]
  for (const { what, bytes } of malformed) {
    it(`refuses ${what}`, () => {
      assert.throws(() => readDer(hex(bytes), tags.sequence), DerError)
    })
  }

  it('refuses a tag of several bytes', () => {
    assert.throws(() => fieldsOf(hex('1f 81 00 00')).takeAny(), DerError)
  })

  it('takes any bytes without another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        tryRead(() => {
          const fields = fieldsOf(Buffer.from(bytes))
          while (!fields.isEmpty()) fields.takeAny()
        })
      }),
      { numRuns: 2000 },
    )
  })
})

describe('tryRead()', () => {
  it('lets other errors pass', () => {
    assert.throws(
      () =>
        tryRead(() => {
          throw new RangeError('a bug')
        }),
      RangeError,
    )
  })
})

describe('the types of X.509', () => {
  const times = [
    { bytes: '3236303630313132333435365A', tag: 0x17, ms: Date.UTC(2026, 5, 1, 12, 34, 56) },
    { bytes: '3530303130313030303030305A', tag: 0x17, ms: Date.UTC(1950, 0, 1) },
    { bytes: '3439313233313233353935395A', tag: 0x17, ms: Date.UTC(2049, 11, 31, 23, 59, 59) },
    { bytes: '32303530303130313030303030305A', tag: 0x18, ms: Date.UTC(2050, 0, 1) },
    { bytes: '39393939313233313233353935395A', tag: 0x18, ms: Date.UTC(9999, 11, 31, 23, 59, 59) },
  ]
  for (const { bytes, tag, ms } of times) {
    it(`read the time ${hex(bytes).toString()}`, () => {
      assert.equal(readTime({ tag, content: hex(bytes), raw: hex(bytes) }), ms)
    })
  }

  for (const [tag, text] of [
    [0x17, '260601123456'],
    [0x17, '2606011234Z'],
    [0x17, '260601123456+0000'],
    [0x17, '260601123456.5Z'],
    [0x17, '260230123456Z'],
    [0x17, '260601246060Z'],
    [0x17, '20260601123456Z'],
    [0x18, '260601123456Z'],
    [0x18, '20260601123456.5Z'],
    [0x18, '20260601240000Z'],
    [0x18, '+0260601123456Z'],
    [0x13, '260601123456Z'],
    [0x17, ''],
  ] as const) {
    it(`refuse the time ${text} with tag ${tag}`, () => {
      const content = Buffer.from(text)
      assert.throws(() => readTime({ tag, content, raw: content }), DerError)
    })
  }

  it('read object identifiers', () => {
    for (const dotted of [
      '2.5.4.3',
      '1.2.840.113549.1.1.11',
      '2.999.3',
      '0.9.2342',
      '1.3.6.1.4.1.57683.2',
    ]) {
      assert.equal(readOid(fieldsOf(oid(dotted)).takeAny()), dotted)
    }
  })

  for (const bytes of [
    '06 00',
    '06 02 80 01',
    '06 02 2a 80',
    '06 06 2a ff ff ff ff 7f',
    '06 03 55 80 01',
  ]) {
    it(`refuse the object identifier ${bytes}`, () => {
      assert.throws(() => readOid(value(bytes)), DerError)
    })
  }

  it('read numbers', () => {
    assert.equal(readSmallInteger(fieldsOf(integer(0)).takeAny()), 0)
    assert.equal(readSmallInteger(fieldsOf(integer(0x7fff_ffff)).takeAny()), 0x7fff_ffff)
    assert.equal(readPositiveHex(value('02 02 00 80')), '0080')
  })

  for (const bytes of ['02 00', '02 01 80', '02 02 00 7f', '02 02 ff ff']) {
    it(`refuse the number ${bytes}`, () => {
      assert.throws(() => readPositiveHex(value(bytes)), DerError)
    })
  }

  it('refuse a number that is too large', () => {
    assert.throws(() => readSmallInteger(value('02 05 00 ff ff ff ff')), DerError)
  })

  it('read booleans and bits', () => {
    assert.equal(readBoolean(value('01 01 ff')), true)
    assert.equal(readBoolean(value('01 01 00')), false)
    assert.deepEqual(readBits(value('03 02 01 06')), new Set([5, 6]))
    assert.deepEqual(readBits(value('03 03 07 00 80')), new Set([8]))
    assert.deepEqual(readBits(value('03 01 00')), new Set())
    assert.deepEqual(readBytes(value('03 03 00 01 02')), hex('01 02'))
  })

  for (const bytes of ['01 00', '01 01 01', '01 02 ff ff']) {
    it(`refuse the boolean ${bytes}`, () =>
      assert.throws(() => readBoolean(value(bytes)), DerError))
  }
  for (const bytes of ['03 00', '03 01 01', '03 02 08 00', '03 02 01 01', '03 01 ff']) {
    it(`refuse the bits ${bytes}`, () => assert.throws(() => readBits(value(bytes)), DerError))
  }
  it('refuse a signature of parts of bytes', () => {
    assert.throws(() => readBytes(value('03 02 01 02')), DerError)
  })
})
