import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluates, faultOf } from '../evaluated.ts'

describe('timestamp()', () => {
  evaluates(
    [
      ['string(timestamp("2023-01-01T1:02:03,5+02:30"))', '"2023-01-01T01:02:03.5+02:30"'],
      ['string(timestamp("2023-01-01T00:00:00.1234567891Z"))', '"2023-01-01T00:00:00.123456789Z"'],
      ['string(timestamp("2023-01-01T00:00:00-00:00"))', '"2023-01-01T00:00:00Z"'],
      [
        'string(timestamp("2023-01-01T00:00:00+02:00") + duration("1h"))',
        '"2023-01-01T01:00:00+02:00"',
      ],
      ['string(timestamp("0001-01-01T00:00:00-01:00"))', '"0001-01-01T00:00:00-01:00"'],
      ['timestamp("2024-02-29T00:00:00Z").getDate()', '29'],
      ['timestamp(claims.seconds)', 'error(no such overload: timestamp(double))'],
      [
        'timestamp(claims.text)',
        "error(type conversion error from 'string' to 'google.protobuf.Timestamp')",
      ],
    ],
    { seconds: 1, text: '2023-02-29T00:00:00Z' },
  )

  const refused = [
    '2023-13-01T00:00:00Z',
    '2023-00-01T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:60Z',
    '2023-01-01T00:00:00',
    '2023-01-01T00:00:00z',
    '2023-01-01t00:00:00Z',
    '2023-01-01T00:00:00+25:00',
    '2023-01-01T00:00:00Z ',
    '0000-01-01T00:00:00Z',
  ]
  for (const text of refused) {
    it(`refuses "${text}"`, () => {
      assert.notEqual(faultOf(`timestamp("${text}")`), '')
    })
  }
})

describe('duration()', () => {
  evaluates([
    ['duration("1h2m3s4ms5us6ns")', 'duration(3723004005006)'],
    ['duration("1\\u00b5s1\\u03bcs")', 'duration(2000)'],
    ['duration("-1.5h")', 'duration(-5400000000000)'],
    ['duration("+.5s")', 'duration(500000000)'],
    ['duration("1.s")', 'duration(1000000000)'],
    ['duration("0")', 'duration(0)'],
    ['duration("-9223372036854775808ns")', 'duration(-9223372036854775808)'],
    ['duration("0.3333333333333333333h")', 'duration(1200000000000)'],
  ])

  for (const text of ['', '1', '.s', '1x', '1d', '-', '1 s', '9223372036854775808ns', '3000000h']) {
    it(`refuses "${text}"`, () => {
      assert.notEqual(faultOf(`duration("${text}")`), '')
    })
  }
})

describe('getters', () => {
  const time = 'timestamp("2023-12-31T23:30:45.678Z")'
  evaluates([
    [`${time}.getFullYear()`, '2023'],
    [`${time}.getMonth()`, '11'],
    [`${time}.getDayOfYear()`, '364'],
    [`${time}.getDayOfMonth()`, '30'],
    [`${time}.getDate()`, '31'],
    [`${time}.getDayOfWeek()`, '0'],
    [`${time}.getHours()`, '23'],
    [`${time}.getMilliseconds()`, '678'],
    [`${time}.getFullYear("+00:30")`, '2024'],
    [`${time}.getHours("-8:-30")`, '16'],
    [`${time}.getHours("Asia/Kolkata")`, '5'],
    [`${time}.getHours("US/Central")`, '17'],
    [`${time}.getHours("us/central")`, 'error(unknown time zone us/central)'],
    [`${time}.getHours("ACT")`, 'error(unknown time zone ACT)'],
    [`${time}.getHours("")`, '23'],
    [`${time}.getHours(":30")`, 'error(invalid time zone :30)'],
    ['timestamp("1800-01-01T00:00:00Z").getMinutes("America/New_York")', '3'],
    ['timestamp("0001-01-01T00:00:00Z").getFullYear("-01:00")', '0'],
    ['timestamp("0099-03-01T00:00:00Z").getDayOfYear()', '59'],
    ['duration("3723.9s").getHours()', '1'],
    ['duration("3723.9s").getMinutes()', '62'],
    ['duration("-1.9s").getSeconds()', '-1'],
    ['duration("1.5s").getMilliseconds()', '1500'],
  ])
})
