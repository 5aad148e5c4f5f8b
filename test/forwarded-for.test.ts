import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientAddress, trustedForwardedFor } from '../src/forwarded-for.ts'

function told(value: string, hops: number): readonly string[] | undefined {
  return trustedForwardedFor(new Map([['x-forwarded-for', value]]), hops)
}

describe('trustedForwardedFor()', () => {
  it('has nothing without the header, and nothing while no proxy is trusted', () => {
    assert.equal(trustedForwardedFor(new Map(), 1), undefined)
    assert.equal(told('10.0.0.1', 0), undefined)
  })

  it('takes the entries that count, from the right, in their order', () => {
    assert.deepEqual(told('6.6.6.6, 10.0.0.1,10.0.0.2', 2), ['10.0.0.1', '10.0.0.2'])
    assert.deepEqual(told('10.0.0.1', 3), ['10.0.0.1'])
  })

  const addresses = [
    '10.0.0.1',
    '10.0.0.1:8080',
    '::1',
    '2001:db8::1',
    '[2001:db8::1]',
    '[::1]:443',
  ]
  for (const address of addresses) {
    it(`tells ${address}`, () => {
      assert.deepEqual(told(` ${address} `, 1), [address])
    })
  }

  const others = [
    '',
    'unknown',
    'client.example.com',
    'Bearer s3cr3t',
    '10.0.0.1:s3cr3t',
    '10.0.0.1\n10.0.0.2',
    '256.0.0.1',
    'fe80::1%s3cr3t',
    '[::1',
    '::1]:80',
    `[${'0'.repeat(70)}::1]`,
    '\u001b[2J',
  ]
  for (const other of others) {
    it(`tells no ${JSON.stringify(other)}`, () => {
      assert.deepEqual(told(other, 1), ['?'])
    })
  }
})

function client(value: string | undefined, hops: number, source: string | undefined) {
  const headers = new Map(value === undefined ? [] : [['x-forwarded-for', value]])
  return clientAddress({ headers, source }, hops)
}

describe('clientAddress()', () => {
  it('is that of Envoy’s peer while no proxy is trusted, whatever a client says', () => {
    assert.equal(client('6.6.6.6', 0, '10.0.0.1'), '10.0.0.1')
    assert.equal(client(undefined, 2, '10.0.0.1'), '10.0.0.1')
  })

  it('is what the outermost trusted proxy has seen, without port', () => {
    assert.equal(client('6.6.6.6, 10.0.0.7:4711, 10.0.0.2', 2, '10.0.0.1'), '10.0.0.7')
    assert.equal(client('6.6.6.6, [2001:db8::1]:443', 1, '10.0.0.1'), '2001:db8::1')
    assert.equal(client('2001:db8::1', 1, '10.0.0.1'), '2001:db8::1')
  })

  it('is unknown when there is no address where it should be', () => {
    for (const value of ['unknown', 'Bearer s3cr3t', 'fe80::1%eth0', '']) {
      assert.equal(client(value, 1, '10.0.0.1'), undefined, value)
    }
    for (const source of [undefined, '-', '/run/envoy.sock']) {
      assert.equal(client(undefined, 0, source), undefined, source)
    }
  })
})
