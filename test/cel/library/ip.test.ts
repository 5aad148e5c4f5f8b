import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ip } from '../../../src/cel/library/ip.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import type { CelValue } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(ip)

/** An address, which must be one. */
function ipOf(text: string): CelValue {
  const value = call('string_to_ip', text)
  assert.ok(
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opaque',
  )
  return value
}

/** What the address is written as, or undefined for none. */
const readings: readonly (readonly [string, string | undefined])[] = [
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.01', undefined],
  ['192.0.2.256', undefined],
  ['192.0.2', undefined],
  ['192.0.2.1.1', undefined],
  ['192.0.2.1 ', undefined],
  ['0x7f.0.0.1', undefined],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:0:1:1:1:1:1:1', '1:0:1:1:1:1:1:1'],
  ['::', '::'],
  ['::1.2.3.4', '::102:304'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  ['12345::', undefined],
  [':::', undefined],
  ['1:', undefined],
  ['::1.2.3.04', undefined],
  ['::ffff:1.2.3.4', undefined],
  ['fe80::1%eth0', undefined],
  ['1%', undefined],
  ['', undefined],
]

/** family, unspecified, loopback, link-local multicast, link-local unicast, global unicast. */
const scopes: readonly (readonly [string, bigint, string])[] = [
  ['0.0.0.0', 4n, 'u----'],
  ['127.9.9.9', 4n, '-l---'],
  ['224.0.0.9', 4n, '--m--'],
  ['224.0.1.1', 4n, '-----'],
  ['169.254.1.1', 4n, '---k-'],
  ['255.255.255.255', 4n, '-----'],
  ['10.0.0.1', 4n, '----g'],
  ['::', 6n, 'u----'],
  ['::1', 6n, '-l---'],
  ['ff12::1', 6n, '--m--'],
  ['febf::1', 6n, '---k-'],
  ['fd00::1', 6n, '----g'],
]

describe('ip', () => {
  for (const [text, expected] of readings) {
    it(`reads "${text}" as ${expected ?? 'no address'}`, () => {
      const value = call('string_to_ip', text)
      assert.equal(call('is_ip', text), expected !== undefined)
      assert.equal(failed(value) ? undefined : call('ip_to_string', ipOf(text)), expected)
      const canonical = call('ip_is_canonical', text)
      assert.equal(failed(canonical) ? undefined : canonical, expected && expected === text)
    })
  }

  for (const [text, family, expected] of scopes) {
    it(`knows the scope of ${text}`, () => {
      const value = ipOf(text)
      const tests = [
        ['u', 'ip_is_unspecified'],
        ['l', 'ip_is_loopback'],
        ['m', 'ip_is_link_local_multicast'],
        ['k', 'ip_is_link_local_unicast'],
        ['g', 'ip_is_global_unicast'],
      ] as const
      const found = tests.map(([letter, id]) => (call(id, value) === true ? letter : '-'))
      assert.equal(found.join(''), expected)
      assert.equal(call('ip_family', value), family)
    })
  }

  it('compares addresses, and answers an error for anything else', () => {
    const one = ipOf('::1')
    assert.ok(typeof one === 'object' && one !== null && 'equals' in one)
    assert.equal(one.equals(ipOf('0:0:0:0:0:0:0:1'), unlimitedMeter()), true)
    assert.equal(one.equals(ipOf('0.0.0.1'), unlimitedMeter()), false)
    assert.equal(failed(one.equals('::1', unlimitedMeter())), true)
  })

  it('does not take long for a text that is none', () => {
    for (const part of ['1.', ':', 'f', '1:', '%', '::']) {
      assert.equal(call('is_ip', part.repeat(1_000_000)), false)
    }
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('string_to_ip', '192.0.2.100'), 2)
    assert.equal(cost('ip_is_canonical', '192.0.2.100'), 3)
    assert.equal(cost('ip_family', ipOf('::')), 1)
  })
})
