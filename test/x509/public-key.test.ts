import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { DerError, tryRead } from '../../src/x509/der.ts'
import { readPublicKey } from '../../src/x509/public-key.ts'
import { bitString, der, integer, oid, sequence } from '../support/der-writer.ts'

/** An RSA key with this exponent; nobody needs to know the factors of its modulus. */
function rsa(
  exponent: Buffer,
  { bytes = 256, pad = Buffer.of(0), parameters = der(0x05) } = {},
): Buffer {
  const modulus = randomBytes(bytes)
  modulus[0] = 0x80
  modulus[bytes - 1] = 1
  return sequence(
    sequence(oid('1.2.840.113549.1.1.1'), parameters),
    bitString(sequence(integer(Buffer.concat([pad, modulus])), integer(exponent))),
  )
}

describe('readPublicKey()', () => {
  const exponents: readonly (readonly [hex: string, isTaken: boolean])[] = [
    ['03', true],
    ['010001', true],
    ['7fffffff', true],
    ['0080000001', false],
    ['0100000001', false],
    ['010000000000010001', false],
    [`7f${'ff'.repeat(250)}`, false],
    ['00', false],
    ['01', false],
    ['02', false],
    ['010000', false],
    ['7ffffffe', false],
    ['ff', false],
    ['0003', false],
  ]
  for (const [hex, isTaken] of exponents) {
    it(`${isTaken ? 'takes' : 'refuses'} the RSA exponent ${hex.slice(0, 20)}`, () => {
      const key = tryRead(() => readPublicKey(rsa(Buffer.from(hex, 'hex'))))
      assert.equal(key !== undefined, isTaken)
    })
  }

  const sizes = [
    { bytes: 64, isTaken: true },
    { bytes: 1024, isTaken: true },
    { bytes: 1025, isTaken: false },
    { bytes: 2048, isTaken: false },
    { bytes: 16_000, isTaken: false },
  ]
  for (const { bytes, isTaken } of sizes) {
    it(`${isTaken ? 'takes' : 'refuses'} an RSA key of ${bytes} bytes`, () => {
      assert.equal(
        readPublicKey(rsa(Buffer.from('010001', 'hex'), { bytes })) !== undefined,
        isTaken,
      )
    })
  }

  it('refuses a negative RSA modulus, and parameters that RSA does not have', () => {
    const exponent = Buffer.from('010001', 'hex')
    assert.throws(() => readPublicKey(rsa(exponent, { pad: Buffer.alloc(0) })), DerError)
    assert.equal(readPublicKey(rsa(exponent, { parameters: Buffer.alloc(0) })), undefined)
  })

  for (const namedCurve of ['secp224r1', 'P-256', 'P-384', 'P-521']) {
    it(`takes a key on ${namedCurve}`, () => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve })
      assert.ok(readPublicKey(publicKey.export({ format: 'der', type: 'spki' })))
    })
  }
})
