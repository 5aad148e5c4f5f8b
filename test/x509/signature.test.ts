import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCertificate } from '../../src/x509/certificate.ts'
import { isSignedBy } from '../../src/x509/signature.ts'
import { authority, certificate, cn } from '../support/certificates.ts'
import { signatureCases } from './signature-cases.ts'

/** The bytes with one bit turned over. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('isSignedBy()', () => {
  for (const { what, keyPair, algorithm, isTaken } of signatureCases) {
    it(`${isTaken ? 'takes' : 'refuses'} ${what}`, () => {
      const ca = authority('ca', { keyPair, algorithm })
      const leaf = readCertificate(
        certificate({ name: [[cn, 'alice']], issuer: ca, algorithm }).der,
      )
      assert.ok(leaf)
      const publicKey = keyPair.publicKey.export({ format: 'der', type: 'spki' })
      assert.equal(isSignedBy(leaf.signed, publicKey), isTaken)
    })
  }

  const ca = authority('ca')
  const publicKey = ca.keyPair.publicKey.export({ format: 'der', type: 'spki' })

  it('refuses a changed byte anywhere in what is signed, and in the signature', () => {
    const leaf = readCertificate(certificate({ name: [[cn, 'alice']], issuer: ca }).der)
    assert.ok(leaf)
    const { message, signature } = leaf.signed
    for (const at of message.keys()) {
      assert.equal(isSignedBy({ ...leaf.signed, message: flipped(message, at) }, publicKey), false)
    }
    for (const at of signature.keys()) {
      assert.equal(
        isSignedBy({ ...leaf.signed, signature: flipped(signature, at) }, publicKey),
        false,
      )
    }
  })

  for (const [what, key] of [
    ['no bytes', Buffer.alloc(0)],
    ['a certificate', ca.der],
    ['random bytes', Buffer.from('00ff'.repeat(40), 'hex')],
  ] as const) {
    it(`refuses a key that is ${what}`, () => {
      const leaf = readCertificate(certificate({ name: [[cn, 'alice']], issuer: ca }).der)
      assert.ok(leaf)
      assert.equal(isSignedBy(leaf.signed, key), false)
    })
  }
})
