import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cidr } from '../../../src/cel/library/cidr.ts'
import { ip } from '../../../src/cel/library/ip.ts'
import type { CelValue } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(cidr)

/** A network, which must be one. */
function cidrOf(text: string): CelValue {
  const value = call('string_to_cidr', text)
  assert.ok(
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opaque',
  )
  return value
}

const readings: readonly (readonly [string, boolean])[] = [
  ['192.0.2.0/24', true],
  // Bits after the prefix may be set.
  ['192.0.2.1/24', true],
  ['0.0.0.0/0', true],
  ['::/128', true],
  ['192.0.2.0/33', false],
  ['::/129', false],
  ['192.0.2.0/08', false],
  ['192.0.2.0/+8', false],
  ['192.0.2.0/-0', false],
  ['192.0.2.0/', false],
  ['192.0.2.0', false],
  ['192.0.2.0/24/24', false],
  ['fe80::1%eth0/64', false],
  ['::ffff:1.2.3.4/120', false],
  [`192.0.2.0/${'9'.repeat(1_000_000)}`, false],
]

const contained: readonly (readonly [string, string, boolean | undefined])[] = [
  ['192.0.2.0/24', '192.0.2.255', true],
  ['192.0.2.9/24', '192.0.3.0', false],
  ['0.0.0.0/0', '::1', false],
  ['::/0', '1.2.3.4', false],
  ['::/0', 'nothing', undefined],
]

const networks: readonly (readonly [string, string, boolean | undefined])[] = [
  ['192.0.0.0/16', '192.0.2.0/24', true],
  ['192.0.2.0/24', '192.0.0.0/16', false],
  ['192.0.2.0/24', '192.0.2.77/24', true],
  ['192.0.2.0/24', '192.0.3.0/25', false],
  ['::/0', '0.0.0.0/0', false],
  ['::/0', 'nothing', undefined],
]

describe('cidr', () => {
  for (const [text, isNetwork] of readings) {
    it(`sees ${isNetwork ? 'a' : 'no'} network in "${text.slice(0, 30)}"`, () => {
      assert.equal(call('is_cidr', text), isNetwork)
      assert.equal(failed(call('string_to_cidr', text)), !isNetwork)
    })
  }

  for (const [network, address, expected] of contained) {
    it(`looks for ${address} in ${network}`, () => {
      const found = call('cidr_contains_ip_string', cidrOf(network), address)
      assert.equal(failed(found) ? undefined : found, expected)
    })
  }

  for (const [network, other, expected] of networks) {
    it(`looks for ${other} in ${network}`, () => {
      const found = call('cidr_contains_cidr_string', cidrOf(network), other)
      assert.equal(failed(found) ? undefined : found, expected)
    })
  }

  it('tells what a network is made of', () => {
    const network = cidrOf('2001:db8::ff/33')
    assert.equal(call('cidr_prefix_length', network), 33n)
    assert.equal(call('cidr_to_string', call('cidr_masked', network) as CelValue), '2001:db8::/33')
    const address = call('cidr_ip', network) as CelValue
    assert.equal(calling(ip).call('ip_to_string', address), '2001:db8::ff')
  })

  it('costs what Kubernetes counts', () => {
    const network = cidrOf('2001:db8::/64')
    assert.equal(cost('cidr_contains_ip_string', network, '2001:db8::1'), 4)
    assert.equal(cost('cidr_contains_cidr_string', network, '2001:db8::/65'), 6)
    assert.equal(cost('string_to_cidr', '2001:db8::/64'), 2)
  })
})
