import assert from 'node:assert/strict'
import { constants, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseJwk, type VerificationKey } from '../../../src/authn/jwt/jwk.ts'
import { type Algorithm, algorithms, type Jws } from '../../../src/authn/jwt/jws.ts'
import { verifySignature } from '../../../src/authn/jwt/verify-signature.ts'
import { ecKey, publicJwk, rsaKey, signatureOf, type TestKey } from './signed-token.ts'

const input = 'header.payload'
const keys = {
  rsa: rsaKey('r'),
  bigRsa: rsaKey('R', 3072),
  smallRsa: rsaKey('s', 1024),
  p256: ecKey('a', 'P-256'),
  p384: ecKey('b', 'P-384'),
  p521: ecKey('c', 'P-521'),
}

function usable(key: TestKey): VerificationKey {
  const parsed = parseJwk(JSON.stringify(publicJwk(key)))
  return parsed.kind === 'usable' ? parsed.key : assert.fail(parsed.kind)
}

function jws(algorithm: Algorithm, signature: Buffer): Jws {
  return { kind: 'jws', algorithm, kid: '', signingInput: Buffer.from(input), signature }
}

/** Pads or cuts `r` and `s` from the size of the key's curve to that of the algorithm. */
function resize(signature: Buffer, size: number): Buffer {
  const half = signature.length / 2
  const scalars = [signature.subarray(0, half), signature.subarray(half)].map((scalar) =>
    Buffer.concat([
      Buffer.alloc(Math.max(size - half, 0)),
      scalar.subarray(Math.max(half - size, 0)),
    ]),
  )
  return Buffer.concat(scalars)
}

const curves: Partial<Record<Algorithm, TestKey>> = {
  ES256: keys.p256,
  ES384: keys.p384,
  ES512: keys.p521,
}

describe('verifySignature()', () => {
  for (const algorithm of algorithms) {
    const key = curves[algorithm] ?? keys.rsa
    const signature = signatureOf(input, algorithm, key)

    it(`verifies ${algorithm}`, async () => {
      assert.equal(await verifySignature(jws(algorithm, signature), usable(key)), true)
    })
    it(`does not verify ${algorithm} over another text`, async () => {
      const other = { ...jws(algorithm, signature), signingInput: Buffer.from('header.other') }
      assert.equal(await verifySignature(other, usable(key)), false)
    })
    it(`does not verify ${algorithm} by a key of another type`, async () => {
      const wrong = usable(key === keys.rsa ? keys.p256 : keys.rsa)
      assert.equal(await verifySignature(jws(algorithm, signature), wrong), false)
    })
    it(`does not verify ${algorithm} under the name of another algorithm`, async () => {
      const others = algorithms.filter((other) => other !== algorithm)
      const answers = await Promise.all(
        others.map(async (other) => verifySignature(jws(other, signature), usable(key))),
      )
      assert.deepEqual(new Set(answers), new Set([false]))
    })
    for (const bad of [
      Buffer.alloc(0),
      signature.subarray(1),
      Buffer.concat([signature, Buffer.of(0)]),
    ]) {
      it(`does not verify ${algorithm} of ${bad.length} bytes`, async () => {
        assert.equal(await verifySignature(jws(algorithm, bad), usable(key)), false)
      })
    }
  }

  it('verifies by a large RSA key, which is done in the thread pool', async () => {
    const signature = signatureOf(input, 'RS256', keys.bigRsa)
    assert.equal(await verifySignature(jws('RS256', signature), usable(keys.bigRsa)), true)
  })

  for (const saltLength of [0, 20, 32, 222]) {
    it(`verifies PS256 with a salt of ${saltLength} bytes`, async () => {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const privateKey = { key: keys.rsa.privateKey, padding, saltLength }
      const signature = sign('sha256', Buffer.from(input), privateKey)
      assert.equal(await verifySignature(jws('PS256', signature), usable(keys.rsa)), true)
    })
  }

  for (const algorithm of ['RS256', 'PS256'] as const) {
    it(`does not verify ${algorithm} without the zero that it begins with`, async () => {
      let text = input
      let signature = signatureOf(text, algorithm, keys.smallRsa)
      // One of 256 begins so.
      while (signature[0] !== 0) {
        text += '.'
        signature = signatureOf(text, algorithm, keys.smallRsa)
      }
      const verified = async (bytes: Buffer) =>
        verifySignature(
          { ...jws(algorithm, bytes), signingInput: Buffer.from(text) },
          usable(keys.smallRsa),
        )
      assert.equal(await verified(signature), true)
      assert.equal(await verified(signature.subarray(1)), false)
    })
  }

  it('answers no where the modulus is too small for the digest', async () => {
    const signature = Buffer.alloc(128, 1)
    assert.equal(await verifySignature(jws('PS512', signature), usable(keys.smallRsa)), false)
  })

  const sizes = { ES256: 32, ES384: 48, ES512: 66 } as const
  for (const [algorithm, key] of [
    ['ES384', keys.p256],
    ['ES512', keys.p256],
    ['ES512', keys.p384],
  ] as const) {
    it(`verifies ${algorithm} by a key of ${key.kid}, padded, as kube-apiserver does`, async () => {
      const signature = resize(signatureOf(input, algorithm, key), sizes[algorithm])
      assert.equal(await verifySignature(jws(algorithm, signature), usable(key)), true)
    })
  }
  for (const [algorithm, key] of [
    ['ES256', keys.p256],
    ['ES384', keys.p384],
    ['ES512', keys.p521],
  ] as const) {
    it(`verifies ${algorithm} whatever bits its scalars begin with`, async () => {
      const verified = await Promise.all(
        Array.from({ length: 40 }, async () => {
          return verifySignature(jws(algorithm, signatureOf(input, algorithm, key)), usable(key))
        }),
      )
      assert.deepEqual(new Set(verified), new Set([true]))
    })
    it(`does not verify ${algorithm} with a bit turned in either scalar`, async () => {
      const signature = signatureOf(input, algorithm, key)
      for (const at of [signature.length / 2 - 1, signature.length - 1]) {
        const turned = Buffer.from(signature)
        turned[at] = (turned[at] ?? 0) ^ 1
        assert.equal(await verifySignature(jws(algorithm, turned), usable(key)), false)
      }
    })
  }
  it('does not verify a scalar that is too large for the curve', async () => {
    const signature = resize(signatureOf(input, 'ES384', keys.p256), 48)
    signature[0] = 1
    assert.equal(await verifySignature(jws('ES384', signature), usable(keys.p256)), false)
  })
  it('does not verify a scalar that was cut', async () => {
    const signature = resize(signatureOf(input, 'ES256', keys.p384), 32)
    assert.equal(await verifySignature(jws('ES256', signature), usable(keys.p384)), false)
  })
  it('does not verify scalars of zero', async () => {
    assert.equal(await verifySignature(jws('ES256', Buffer.alloc(64)), usable(keys.p256)), false)
  })
  it('does not verify a DER signature', async () => {
    const der = sign('sha256', Buffer.from(input), keys.p256.privateKey)
    assert.equal(await verifySignature(jws('ES256', der), usable(keys.p256)), false)
  })
})
