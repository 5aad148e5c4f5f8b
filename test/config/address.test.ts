import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatAddress, isLocal, isLoopback, parseAddress } from '../../src/config/address.ts'

describe('parseAddress()', () => {
  const good = [
    ['0.0.0.0:9090', { kind: 'tcp', host: '0.0.0.0', port: 9090 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    [
      'attache.svc.cluster.local:65535',
      { kind: 'tcp', host: 'attache.svc.cluster.local', port: 65535 },
    ],
    ['[::]:80', { kind: 'tcp', host: '::', port: 80 }],
    ['unix:/run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
    ['unix:///run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
  ] as const
  for (const [text, address] of good) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseAddress(text), address)
    })
  }

  const bad = [
    '',
    ':9090',
    '9090',
    'host',
    'host:',
    'host:65536',
    'host:-1',
    'host:1e3',
    '::1:80',
    '[::1]',
    '[::g]:1',
    '[127.0.0.1]:1',
    '127.0.0.256:1',
    '1.2.3:1',
    'a b:1',
    '-a:1',
    'a..b:1',
    'http://a:1',
    'a:1/x',
    'unix:',
    'unix:run/a',
    'unix:/run/',
    `unix:/${'x'.repeat(107)}`,
    'unix:/a\u0000b',
    'host:1\n',
  ]
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseAddress(text), undefined)
    })
  }

  it('is undone by formatAddress()', () => {
    for (const text of ['0.0.0.0:9090', '[::]:80', 'unix:/run/a.sock']) {
      const address = parseAddress(text)
      assert.ok(address !== undefined)
      assert.equal(formatAddress(address), text)
    }
  })
})

describe('isLocal() and isLoopback()', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
  ]) {
    it(`take ${host} for this machine`, () => {
      assert.ok(isLoopback(host))
      assert.ok(isLocal({ kind: 'tcp', host, port: 1 }))
    })
  }

  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    'localhost.example.com',
    'example.com',
    '127.example.com',
    '::ffff:10.0.0.1',
  ]) {
    it(`do not take ${host} for this machine`, () => {
      assert.ok(!isLoopback(host))
      assert.ok(!isLocal({ kind: 'tcp', host, port: 1 }))
    })
  }

  it('take a Unix socket for this machine', () => {
    assert.ok(isLocal({ kind: 'unix', path: '/run/a.sock' }))
  })
})
