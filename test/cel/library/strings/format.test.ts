import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { format } from '../../../../src/cel/library/strings/format.ts'
import { celMap } from '../../../../src/cel/run/map.ts'
import { unlimitedMeter } from '../../../../src/cel/run/work.ts'
import type { CelMap, CelValue } from '../../../../src/cel/value.ts'
import { failed } from '../calling.ts'

function map(...entries: readonly (readonly [CelValue, CelValue])[]): CelMap {
  const made = celMap(entries)
  assert.ok(made)
  return made
}

const noon: CelValue = { kind: 'timestamp', seconds: 1_577_880_000n, nanos: 120_000_000 }

const rows: readonly (readonly [string, readonly CelValue[], string | undefined])[] = [
  ['no clause, %%', [], 'no clause, %'],
  ['%s and %s', ['a', 1n], 'a and 1'],
  ['%s', [{ kind: 'uint', value: 7n }], '7'],
  ['%s', [1_234_567.5], '1.2345675e+06'],
  ['%s', [null], 'null'],
  ['%s', [noon], '2020-01-01T12:00:00.12Z'],
  ['%s', [{ ...noon, offset: -19_800 }], '2020-01-01T06:30:00.12-05:30'],
  ['%s', [{ kind: 'duration', nanos: -90_000_000_001n }], '-90.000000001s'],
  ['%s', [{ kind: 'type', name: 'net.IP' }], 'net.IP'],
  ['%s', [new Uint8Array([0xc3, 0xa9])], 'é'],
  ['%s', [new Uint8Array([0xff])], undefined],
  [
    '%s',
    [['a"\n\u200b', 1n, 1.5, true, null]],
    String.raw`["a\"\n\u200b", 1, 1.500000, true, null]`,
  ],
  ['%s', [[noon]], '[timestamp("2020-01-01T12:00:00.12Z")]'],
  ['%s', [[Number.NaN, Number.NEGATIVE_INFINITY, -0]], '["NaN", "-Inf", -0.000000]'],
  ['%s', [map([10n, 'b'], [2n, 'a'], [1n, ['c']])], '{1:["c"], 10:"b", 2:"a"}'],
  ['%s', [map([{ kind: 'type', name: 'int' }, 1n])], undefined],
  ['%s', [{ kind: 'optional', value: 1n }], undefined],
  ['%d %b %o', [-5n, -5n, -9n], '-5 -101 -11'],
  ['%b%b', [true, false], '10'],
  ['%x %X', [-255n, 'é~'], '-ff C3A97E'],
  ['%x', [new Uint8Array([255, 0])], 'ff00'],
  ['%d', [1.5], undefined],
  ['%d', ['1'], undefined],
  ['%.9d', [5n], '5'],
  ['%f', [1_234_567.891], '1,234,567.891000'],
  ['%.2f', [-1234.5], '-1,234.50'],
  // Ties go to the even digit, and what is rounded to nothing keeps its sign.
  ['%.0f %.0f %.1f', [2.5, -0.4, 0.25], '2 -0 0.2'],
  ['%.20f', [0.1], '0.10000000000000000555'],
  ['%f %f', [Number.POSITIVE_INFINITY, 'NaN'], '∞ NaN'],
  ['%f', ['1.5'], undefined],
  ['%f', [1n], undefined],
  // golang.org/x/text holds a precision in 8 and 16 bits and gives up on one of more than seven digits.
  ['%.256f %.65537f', [1.5, 0.15], '1.5 0.1'],
  ['%.100000000f', [1.5], '%!(NOVERB)'],
  ['%e', [1_234_567.891], '1.234568×10⁰⁶'],
  ['%e %e', [0, -1e-300], '0.000000×10⁰⁰ -1.000000×10⁻³⁰⁰'],
  // The precision is used as a width.
  ['%.16e|%.2e', [1.5, 1.5], '   1.500000×10⁰⁰|1.500000×10⁰⁰'],
  ['%.8e', [Number.NEGATIVE_INFINITY], '      -∞'],
  ['%', ['a'], undefined],
  ['%.', [1.5], undefined],
  ['%.f', [1.5], undefined],
  ['%5d', [5n], undefined],
  ['%é', [5n], undefined],
  ['%s %s', ['a'], undefined],
  ['%s', ['a', 'b'], 'a'],
]

describe('format()', () => {
  for (const [text, args, expected] of rows) {
    it(`writes ${JSON.stringify(expected ?? 'nothing')} for ${JSON.stringify(text)}`, () => {
      const result = format(text, { args, meter: unlimitedMeter() })
      assert.equal(failed(result) ? undefined : result, expected)
    })
  }

  it('bounds what it makes and how deep it looks', () => {
    const many: CelValue[] = Array.from({ length: 1000 }, () => 'x'.repeat(65_536))
    let deep: CelValue = []
    for (let i = 0; i < 20_000; i++) deep = [deep]
    assert.equal(failed(format('%s', { args: [deep], meter: unlimitedMeter() })), true)
    assert.equal(
      failed(format(`%.${'9'.repeat(1_000_000)}f`, { args: [1.5], meter: unlimitedMeter() })),
      true,
    )
    assert.equal(failed(format('%s'.repeat(1000), { args: many, meter: unlimitedMeter() })), true)
  })
})
