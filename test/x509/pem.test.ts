import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPemBlocks, readPemOnly } from '../../src/x509/pem.ts'
import { toPem } from '../support/certificates.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'

const a = Buffer.from('a'.repeat(100))
const b = Buffer.from('b')
const pem = (bytes: Buffer) => toPem('CERTIFICATE', bytes)

describe('readPemBlocks()', () => {
  it('finds blocks among comments and other blocks', () => {
    const text = `a comment\n${pem(a)}subject=x\n${toPem('X509 CRL', b)}\r\n${pem(b).replaceAll('\n', '\r\n')}`
    assert.deepEqual(readPemBlocks(text, 'CERTIFICATE'), [a, b])
    assert.deepEqual(readPemBlocks(text, 'X509 CRL'), [b])
  })

  it('says which block is not base64', () => {
    assert.deepEqual(readPemBlocks(pem(b).replace('Yg', 'Y!'), 'CERTIFICATE'), [undefined])
  })
})

describe('readPemOnly()', () => {
  it('reads blocks one after the other', () => {
    assert.deepEqual(readPemOnly(pem(a) + pem(b), 'CERTIFICATE'), [a, b])
    assert.deepEqual(readPemOnly(pem(a).trimEnd(), 'CERTIFICATE'), [a])
    assert.deepEqual(readPemOnly('', 'CERTIFICATE'), [])
  })

  for (const [what, text] of [
    ['a comment before', `x\n${pem(a)}`],
    ['a comment between', `${pem(a)}x\n${pem(b)}`],
    ['a comment after', `${pem(a)}x`],
    ['another label', toPem('X509 CRL', a)],
    ['a second label', pem(a) + toPem('X509 CRL', a)],
    ['a header', pem(b).replace('Yg', 'A: b\n\nYg')],
    ['no end', pem(a).slice(0, -10)],
    ['a character that is not base64', pem(b).replace('Yg', 'Y*')],
    ['missing padding', pem(b).replace('Yg==', 'Yg')],
    ['bits that padding hides', pem(b).replace('Yg==', 'Yh==')],
    ['something behind the padding', pem(b).replace('Yg==', 'Yg==Yg==')],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(readPemOnly(text, 'CERTIFICATE'), undefined))
  }

  it('does not run away', () => {
    const cpuMs = cpuStopwatch()
    assert.equal(
      readPemOnly('-----BEGIN CERTIFICATE-----'.repeat(20_000), 'CERTIFICATE'),
      undefined,
    )
    assert.deepEqual(
      readPemBlocks('-----BEGIN CERTIFICATE-----A'.repeat(20_000), 'CERTIFICATE'),
      [],
    )
    assert.ok(cpuMs() < 1000)
  })
})
