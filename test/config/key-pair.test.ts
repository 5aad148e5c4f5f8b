import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { isPair } from '../../src/config/key-pair.ts'
import { mixedJwk, mixedPem } from './mixed-key.ts'

const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve }).privateKey
const makers: readonly (readonly [what: string, make: () => KeyObject])[] = [
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['P-256', ec('P-256')],
  ['P-384', ec('P-384')],
  ['P-521', ec('P-521')],
  ['Ed25519', () => generateKeyPairSync('ed25519').privateKey],
]
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' })
const read = (jwk: JsonWebKey) => createPrivateKey({ key: jwk, format: 'jwk' })

describe('isPair()', () => {
  for (const [what, make] of makers) {
    const key = make()
    const other = make()

    it(`takes a whole key: ${what}`, () => {
      assert.equal(isPair(key), true)
      assert.equal(isPair(read(jwkOf(key)), jwkOf(key)), true)
    })

    it(`refuses a JWK with the public part of another: ${what}`, () => {
      const jwk = mixedJwk(key, other)
      assert.equal(isPair(read(jwk), jwk), false)
    })
  }

  for (const [what, make] of makers.slice(0, -1)) {
    it(`refuses PEM with the public part of another: ${what}`, () => {
      assert.equal(isPair(createPrivateKey(mixedPem(make(), make()))), false)
    })
  }

  // All of these are read as keys.
  const senseless = ['', 'AA', Buffer.alloc(32, 255).toString('base64url')]
  for (const d of senseless) {
    it(`refuses a private part that is none: "${d}"`, () => {
      const jwk = { ...jwkOf(ec('P-256')()), d }
      assert.equal(isPair(read(jwk), jwk), false)
    })
  }
})
