import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  array,
  constant,
  dictionary,
  assert as holds,
  integer,
  oneof,
  option,
  property,
  record as recordOf,
  string,
} from 'fast-check'
import { decodeRecord, encodeRecord } from '../../src/session/record.ts'
import { sessionRecord } from './store-place.ts'

const text = string({ unit: 'binary' })
const maybe = option(text, { nil: undefined })
const idTokens = oneof(
  constant({ idToken: undefined, idTokenExpiresAtMs: undefined }),
  recordOf({ idToken: text, idTokenExpiresAtMs: integer() }, { noNullPrototype: true }),
)
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
    refreshToken: maybe,
    subject: text,
    providerSession: maybe,
    createdAtMs: integer(),
    expiresAtMs: integer(),
    refreshAtMs: option(integer(), { nil: undefined }),
  },
  { noNullPrototype: true },
).chain((record) => idTokens.map((idToken) => ({ ...record, ...idToken })))

describe('encodeRecord() and decodeRecord()', () => {
  it('give back any record', () => {
    holds(
      property(records, (record) => {
        assert.deepEqual(decodeRecord(encodeRecord(record)), record)
      }),
    )
  })

  it('know an ID token of which nobody has written when it ends', () => {
    const encoded = encodeRecord(sessionRecord(0, { idToken: 'a.b.c', idTokenExpiresAtMs: 99 }))
    const before = decodeRecord(encoded.replace(/,99\]$/, ']'))
    assert.partialDeepStrictEqual(before, { idToken: 'a.b.c', idTokenExpiresAtMs: undefined })
  })

  for (const other of ['null', '{}', '[]', '"text"', '1', '[1,2,3,4,5,6,7,8,9,10,11,12]']) {
    it(`know no record in ${other}`, () => {
      assert.equal(decodeRecord(other), undefined)
    })
  }
})
