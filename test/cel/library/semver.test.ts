import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { semver } from '../../../src/cel/library/semver.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import type { CelOpaque } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(semver)

/** A version, which must be one. */
function versionOf(text: string): CelOpaque {
  const value = call('string_to_semver', text)
  assert.ok(
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opaque',
  )
  return value
}

/** Whether it is a version, and whether it is one once normalised. */
const readings: readonly (readonly [string, boolean, boolean])[] = [
  ['1.2.3', true, true],
  ['1.2.3-alpha.1+build.01', true, true],
  ['1.2.3-0a.-', true, true],
  ['18446744073709551615.0.0', true, true],
  ['18446744073709551616.0.0', false, false],
  ['v1.2.3', false, true],
  ['1.2', false, true],
  ['01.02.03', false, true],
  ['1.2.00-rc', false, true],
  ['1.2-rc', false, false],
  ['1.2.3-01', false, false],
  ['1.2.3-', false, false],
  ['1.2.3+', false, false],
  ['1.2.3+a+b', false, false],
  ['1.2.3.4', false, false],
  ['1..3', false, false],
  ['vv1.2.3', false, false],
  ['1.2.3 ', false, false],
  ['', false, false],
  ['200K', false, false],
]

/** Each comes before the next. */
const ascending = [
  '0.0.1',
  '1.0.0-0',
  '1.0.0-2',
  '1.0.0-10',
  '1.0.0--',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0',
  '1.0.1',
  '1.10.0',
  '2.0.0-alpha',
]

describe('semver', () => {
  for (const [text, isVersion, isLooseVersion] of readings) {
    it(`reads "${text}"`, () => {
      assert.equal(call('is_semver_string', text), isVersion)
      assert.equal(call('is_semver_string_bool', text, false), isVersion)
      assert.equal(call('is_semver_string_bool', text, true), isLooseVersion)
      assert.equal(failed(call('string_to_semver', text)), !isVersion)
    })
  }

  it('orders versions', () => {
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        const expected = BigInt(Math.sign(i - j))
        assert.equal(call('semver_compare_to', versionOf(a), versionOf(b)), expected)
      }
    }
  })

  it('does not see what stands after the plus', () => {
    assert.equal(versionOf('1.0.0+a').equals(versionOf('1.0.0+b'), unlimitedMeter()), true)
    assert.equal(failed(versionOf('1.0.0').equals('1.0.0', unlimitedMeter())), true)
  })

  it('gives its numbers, wrapped around where they are no int', () => {
    const version = versionOf('18446744073709551615.2.3')
    const numbers = ['major', 'minor', 'patch'].map((name) => call(`semver_${name}`, version))
    assert.deepEqual(numbers, [-1n, 2n, 3n])
  })

  it('does not take long for a long text', () => {
    for (const part of ['1.', '1', '0', '-', '+', 'a.', '1.1.1-a']) {
      for (const isLoose of [true, false]) {
        const text = `1.1.1-${part.repeat(20_000)}`
        assert.equal(typeof call('is_semver_string_bool', text, isLoose), 'boolean')
        assert.equal(typeof call('is_semver_string_bool', part.repeat(20_000), isLoose), 'boolean')
      }
    }
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('string_to_semver', '1.2.3-alpha.1'), 2)
    assert.equal(cost('semver_major', versionOf('1.2.3')), 1)
  })
})
