import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatDouble, formatPlain } from '../../../src/cel/run/go-number.ts'

const doubles: readonly (readonly [number, string])[] = [
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [1.5, '1.5'],
  [123456, '123456'],
  [123456.7, '123456.7'],
  [1_000_000, '1e+06'],
  [1_234_567.5, '1.2345675e+06'],
  [1_700_000_000, '1.7e+09'],
  [-1e21, '-1e+21'],
  [1e100, '1e+100'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1e-7, '1e-07'],
  [5e-324, '5e-324'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
]

describe('formatDouble()', () => {
  for (const [value, text] of doubles) {
    it(`writes ${text}`, () => {
      assert.equal(formatDouble(value), text)
    })
  }
})

describe('formatPlain()', () => {
  const plain: readonly (readonly [number, string])[] = [
    [1e21, '1000000000000000000000'],
    [-1.5e22, '-15000000000000000000000'],
    [1e-9, '0.000000001'],
    [-1.25e-7, '-0.000000125'],
    [-0, '-0'],
  ]
  for (const [value, text] of plain) {
    it(`writes ${text}`, () => {
      assert.equal(formatPlain(value), text)
    })
  }
})
