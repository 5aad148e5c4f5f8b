import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  array,
  dictionary,
  assert as holds,
  integer,
  option,
  property,
  record as recordOf,
  string,
} from 'fast-check'
import { decodeRecord, encodeRecord } from '../../src/session/record.ts'

const text = string({ unit: 'binary' })
const maybe = option(text, { nil: undefined })
const records = recordOf(
  {
    id: text,
    provider: text,
    mapping: text,
    user: recordOf(
      {
        name: text,
        uid: text,
        groups: array(text),
        extra: dictionary(text, array(text)).map((extra) => new Map(Object.entries(extra))),
      },
      { noNullPrototype: true },
    ),
    email: maybe,
    idToken: maybe,
    refreshToken: maybe,
    subject: text,
    providerSession: maybe,
    createdAtMs: integer(),
    expiresAtMs: integer(),
    refreshAtMs: option(integer(), { nil: undefined }),
  },
  { noNullPrototype: true },
)

describe('encodeRecord() and decodeRecord()', () => {
  it('give back any record', () => {
    holds(
      property(records, (record) => {
        assert.deepEqual(decodeRecord(encodeRecord(record)), record)
      }),
    )
  })

  for (const other of ['null', '{}', '[]', '"text"', '1', '[1,2,3,4,5,6,7,8,9,10,11,12]']) {
    it(`know no record in ${other}`, () => {
      assert.equal(decodeRecord(other), undefined)
    })
  }
})
