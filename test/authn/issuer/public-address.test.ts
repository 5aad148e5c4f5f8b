import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPublicAddress } from '../../../src/authn/issuer/public-address.ts'

describe('isPublicAddress()', () => {
  for (const address of ['1.1.1.1', '172.32.0.1', '198.20.0.1', '2606:4700::1111', '2a00::1']) {
    it(`is true for ${address}`, () => assert.equal(isPublicAddress(address), true))
  }
  for (const address of [
    ...['127.0.0.1', '10.1.2.3', '169.254.169.254', '172.31.255.255', '192.168.0.1', '0.0.0.0'],
    ...['100.64.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.19.0.1'],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      'ff02::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '64:ff9b::7f00:1',
    ],
    ...['::ffff:127.0.0.1', '::ffff:1.1.1.1', '::ffff:a9fe:a9fe', '2001::1', 'fec0::1'],
    ...['example.com', '', '127.1', '0x7f000001', '2130706433'],
  ]) {
    it(`is false for "${address}"`, () => assert.equal(isPublicAddress(address), false))
  }
})
