import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluates, faultOf } from '../evaluated.ts'

describe('conversions', () => {
  evaluates(
    [
      ['int(claims.whole)', '5'],
      ['int(claims.negative)', '-2'],
      ['int(claims.huge)', 'error(integer overflow)'],
      ['int(-9223372036854775808.0 + claims.zero)', 'error(integer overflow)'],
      ['int("+12")', '12'],
      ['int(claims.padded)', "error(type conversion error from 'string' to 'int')"],
      ['int(18446744073709551615u - uint(claims.zero))', 'error(integer overflow)'],
      ['int(timestamp("1969-12-31T23:59:59.5Z"))', '-1'],
      ['int(duration("1.5s"))', '1500000000'],
      ['int(claims.yes)', 'error(no such overload: int(bool))'],
      ['uint("5")', '5u'],
      ['uint(claims.negative)', 'error(unsigned integer overflow)'],
      ['uint(claims.whole)', '5u'],
      ['double("1_000.5")', 'double(1000.5)'],
      ['double("0x1.8p1")', 'double(3)'],
      ['double("-iNf")', 'double(-Inf)'],
      ['double(9007199254740993)', 'double(9.007199254740992e+15)'],
      ['bool("T")', 'true'],
      ['bool("False")', 'false'],
      ['bytes("é")', 'b"c3a9"'],
      ['string(b"\\xc3\\xa9")', '"é"'],
      ['string(claims.yes)', '"true"'],
      ['string(dyn(claims))', 'error(no such overload: string(kubernetes.claims))'],
      ['string(duration("90m"))', '"5400s"'],
      ['string(duration("1ns"))', '"0.000000001s"'],
      ['type(claims.whole)', 'type(double)'],
      ['type(type(1)) == type', 'true'],
      ['type(claims)', 'type(kubernetes.claims)'],
      ['type(timestamp(0)) == google.protobuf.Timestamp', 'true'],
    ],
    { whole: 5, negative: -2.7, huge: 1e30, zero: 0, padded: ' 1', yes: true },
  )

  const refused = [
    'int("abc")',
    'int("0x10")',
    'int("1_000")',
    'int("9223372036854775808")',
    'uint("+5")',
    'uint(-1)',
    'double("1e400")',
    'double("-nan")',
    'double("1__0")',
    'bool("yes")',
    'string(b"\\xff")',
    'duration(5)',
    'timestamp(253402300800)',
  ]
  for (const source of refused) {
    it(`refuses ${source}, which fails whatever the claims are`, () => {
      assert.match(faultOf(source), /conversion|overflow|UTF-8/)
    })
  }
})
