import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { keyAlgorithms } from '../../src/config/key-algorithms.ts'

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey

describe('keyAlgorithms()', () => {
  const cases: readonly (readonly [what: string, key: KeyObject, usual: string | undefined])[] = [
    ['RSA of 2048 bits', rsa(2048), 'RS256'],
    ['RSA of 1024 bits', rsa(1024), undefined],
    [
      'RSA-PSS alone, whose parameters no name of an algorithm says',
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey,
      undefined,
    ],
    ['P-256', ec('P-256'), 'ES256'],
    ['P-384', ec('P-384'), 'ES384'],
    ['P-521', ec('P-521'), 'ES512'],
    ['secp256k1', ec('secp256k1'), undefined],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey, 'EdDSA'],
    ['Ed448', generateKeyPairSync('ed448').privateKey, undefined],
    ['X25519', generateKeyPairSync('x25519').privateKey, undefined],
  ]
  for (const [what, key, usual] of cases) {
    it(`${usual === undefined ? 'refuses' : 'takes'} ${what}`, () => {
      assert.equal(keyAlgorithms(key)[0], usual)
    })
  }
})
