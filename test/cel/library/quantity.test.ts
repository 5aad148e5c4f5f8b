import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quantity } from '../../../src/cel/library/quantity.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import type { CelOpaque } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(quantity)

/** A quantity, which must be one. */
function quantityOf(text: string): CelOpaque {
  const value = call('string_to_quantity', text)
  assert.ok(
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opaque',
  )
  return value
}

/** As integer, undefined for none, and as float; a single undefined for no quantity. */
const readings: readonly (readonly [string, bigint | undefined, number] | readonly [string])[] = [
  ['0', 0n, 0],
  ['1', 1n, 1],
  ['-1.5', undefined, -1.5],
  ['200k', 200_000n, 200_000],
  ['1.5G', 1_500_000_000n, 1.5e9],
  ['100m', undefined, 0.1],
  ['2Mi', 2_097_152n, 2_097_152],
  // What is not read the quick way is no integer, whatever it is, and is rounded twice as a float.
  ['1.5Mi', undefined, 1_572_864],
  ['1000000000000000000', undefined, 1.0000000000000001e18],
  ['12e6', 12_000_000n, 12_000_000],
  ['1E3', 1000n, 1000],
  ['1E', 10n ** 18n, 1e18],
  ['1e-9', undefined, 1e-9],
  ['1e-30', undefined, 1e-9],
  ['-1e-30', undefined, -1e-9],
  ['9223372036854775807Gi', undefined, 2 ** 63],
  ['1e400', undefined, Number.POSITIVE_INFINITY],
  ['1e4294967296', 1n, 1],
  ['-', 0n, 0],
  ['+.', 0n, 0],
  ['e5', 0n, 0],
  ['e-30'],
  [''],
  ['K'],
  ['1K'],
  ['1 '],
  ['1e'],
  ['1e--1'],
  ['1_000'],
  ['1e9223372036854775808'],
  ['٣'],
]

describe('quantity', () => {
  for (const [text, integer, float] of readings) {
    it(`reads "${text}"`, () => {
      assert.equal(call('is_quantity_string', text), float !== undefined)
      const value = call('string_to_quantity', text)
      assert.equal(failed(value), float === undefined)
    })
    if (float === undefined) continue
    it(`turns "${text}" into numbers`, () => {
      const value = quantityOf(text)
      const found = call('quantity_get_int', value)
      assert.equal(failed(found) ? undefined : found, integer)
      assert.equal(call('quantity_is_integer', value), integer !== undefined)
      assert.equal(call('quantity_get_float', value), float)
      assert.equal(call('quantity_sign', value), BigInt(Math.sign(float)))
    })
  }

  const orders: readonly (readonly [string, string, bigint])[] = [
    ['200M', '0.2G', 0n],
    ['50M', '50Mi', -1n],
    ['1e30', '1e29', 1n],
    ['-1', '-1.0000000000000000001', 1n],
    ['0', '-', 0n],
  ]
  for (const [a, b, expected] of orders) {
    it(`compares ${a} with ${b}`, () => {
      assert.equal(call('quantity_compare_to', quantityOf(a), quantityOf(b)), expected)
      assert.equal(call('quantity_is_less_than', quantityOf(a), quantityOf(b)), expected < 0n)
      assert.equal(call('quantity_is_greater_than', quantityOf(a), quantityOf(b)), expected > 0n)
      assert.equal(quantityOf(a).equals(quantityOf(b), unlimitedMeter()), expected === 0n)
    })
  }

  it('adds and subtracts', () => {
    const sum = call('quantity_add', quantityOf('50k'), quantityOf('20'))
    assert.ok(typeof sum === 'object' && sum !== null && 'kind' in sum && sum.kind === 'opaque')
    assert.equal(sum.equals(quantityOf('50020'), unlimitedMeter()), true)
    const difference = call('quantity_sub_int', sum, 50_021n)
    assert.ok(!failed(difference) && typeof difference === 'object' && difference !== null)
    assert.equal(call('quantity_get_int', difference as CelOpaque), -1n)
  })

  it('has Kubernetes find no equal in a computed quantity on the right', () => {
    const sum = call('quantity_add_int', quantityOf('1'), 1n) as CelOpaque
    assert.equal(sum.equals(quantityOf('2'), unlimitedMeter()), true)
    assert.equal(failed(quantityOf('2').equals(sum, unlimitedMeter())), true)
    assert.equal(failed(quantityOf('2').equals(2n, unlimitedMeter())), true)
  })

  it('changes what is compared with or added to a large number, as Kubernetes does', () => {
    const small = quantityOf('1')
    call('quantity_compare_to', small, quantityOf('1234567890123456789012'))
    assert.equal(call('quantity_is_integer', small), false)
    const large = quantityOf('1234567890123456789012')
    const sum = call('quantity_add_int', large, 1n) as CelOpaque
    assert.equal(call('quantity_compare_to', sum, large), 0n)
  })

  it('bounds the numbers that it computes', () => {
    assert.equal(call('is_quantity_string', '9'.repeat(1_000_000)), false)
    assert.equal(call('is_quantity_string', `${'1'.repeat(1_000_000)}x`), false)
    assert.equal(call('is_quantity_string', `1e${'0'.repeat(1_000_000)}1`), true)
    assert.equal(call('is_quantity_string', '1234567890123456789e2147483647'), false)
    const huge = quantityOf('1e2147483647')
    assert.equal(failed(call('quantity_compare_to', huge, quantityOf('1'))), true)
    assert.equal(failed(call('quantity_add_int', huge, 1n)), true)
    assert.equal(failed(huge.equals(quantityOf('1'), unlimitedMeter())), true)
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('string_to_quantity', '12345678901'), 2)
    assert.equal(cost('quantity_sign', quantityOf('1')), 1)
  })
})
