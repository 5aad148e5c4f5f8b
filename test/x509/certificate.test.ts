import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readCertificate } from '../../src/x509/certificate.ts'
import { authority, certificate, cn, o } from '../support/certificates.ts'

const ca = authority('ca')
const issued = certificate({
  name: [
    [cn, 'alice'],
    [o, 'dev'],
  ],
  issuer: ca,
  serialNumber: 200,
})

describe('readCertificate()', () => {
  it('reads what a CA has written', () => {
    const read = readCertificate(issued.der)
    assert.ok(read)
    assert.equal(read.version, 3)
    assert.equal(read.serialNumber, '00c8')
    assert.deepEqual(read.issuer, ca.subject)
    assert.deepEqual(read.subjectAttributes, [
      { type: cn, value: 'alice' },
      { type: o, value: 'dev' },
    ])
    assert.equal(read.notBeforeMs, Date.UTC(2020, 0, 1))
    assert.equal(read.notAfterMs, Date.UTC(2120, 0, 1))
  })

  it('refuses a byte too many, and every length that is too short', () => {
    assert.equal(readCertificate(Buffer.concat([issued.der, Buffer.of(0)])), undefined)
    for (const length of issued.der.keys()) {
      assert.equal(readCertificate(issued.der.subarray(0, length)), undefined)
    }
  })

  it('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(readCertificate(Buffer.from(bytes)), undefined)
      }),
    )
  })

  it('takes any change of a real certificate without throwing', () => {
    fc.assert(
      fc.property(fc.nat(issued.der.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(issued.der)
        changed[at] = byte
        assert.match(typeof readCertificate(changed), /^(undefined|object)$/)
      }),
      { numRuns: 3000 },
    )
  })
})
