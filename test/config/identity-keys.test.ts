import assert from 'node:assert/strict'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { describe, it } from 'node:test'
import { calculateJwkThumbprint } from 'jose'
import { configOf, oneIssuer, problemsOf } from './folder.ts'
import { mixedPem } from './mixed-key.ts'
import { pem as certificates } from './pem.ts'

const section = { issuer: 'https://attache.example.com', audience: 'platform', keysFile: 'keys' }
const text = `listen: { grpc: 127.0.0.1:9090 }
routes: [{ identity: kubeflow, authorization: identityToken }]
${oneIssuer}identityToken: ${JSON.stringify(section)}
`

const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve }).privateKey
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const first = ec()
const second = ec()
const long = rsa(2048)

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const sec1 = (key: KeyObject) => key.export({ type: 'sec1', format: 'pem' }).toString()
const pkcs1 = (key: KeyObject) => key.export({ type: 'pkcs1', format: 'pem' }).toString()
const spki = (key: KeyObject) =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' })
const setOf = (...keys: readonly object[]) => JSON.stringify({ keys })
const encrypted = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const

/** By the library that verifies tokens elsewhere, so that both agree on the name of a key. */
const nameOf = (key: KeyObject) =>
  calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }))

function keysOf(keys: string) {
  const { identityToken } = configOf(text, { files: { keys } })
  assert.ok(identityToken !== undefined)
  return identityToken
}

const problemOf = (keys: string) => problemsOf(text, { files: { keys } }).join('\n')

describe('identityToken.keysFile with PEM', () => {
  const readable: readonly (readonly [string, KeyObject, string, algorithm: string])[] = [
    ['PKCS #8', first, pkcs8(first), 'ES256'],
    ['SEC 1', first, sec1(first), 'ES256'],
    ['PKCS #1', long, pkcs1(long), 'RS256'],
    ['RSA in PKCS #8', long, pkcs8(long), 'RS256'],
    ['Ed25519', ed25519, pkcs8(ed25519), 'EdDSA'],
    ['lines that end as in Windows', first, pkcs8(first).replaceAll('\n', '\r\n'), 'ES256'],
    ['no line end at the end', first, pkcs8(first).trimEnd(), 'ES256'],
    ['blank lines around it', first, `\n\n${pkcs8(first)}\n \n`, 'ES256'],
    [
      'the parameters that openssl ecparam prints',
      first,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1(first)}`,
      'ES256',
    ],
  ]
  for (const [what, key, keys, algorithm] of readable) {
    it(`reads ${what}`, async () => {
      const { signingKey, keyIDs, jwks } = keysOf(keys)
      const keyID = await nameOf(key)
      assert.deepEqual(keyIDs, [keyID])
      assert.partialDeepStrictEqual(signingKey, { keyID, algorithm })
      assert.ok(createPrivateKey(signingKey.pem).equals(key))
      const [published] = (JSON.parse(jwks) as { keys: JsonWebKey[] }).keys
      const publicJwk = createPublicKey(key).export({ format: 'jwk' })
      assert.deepEqual(published, { ...publicJwk, kid: keyID, alg: algorithm, use: 'sig' })
    })
  }

  it('signs with the first of several, and publishes all', async () => {
    const { signingKey, keyIDs } = keysOf(`${pkcs8(first)}${pkcs8(long)}${sec1(second)}`)
    assert.deepEqual(keyIDs, await Promise.all([first, long, second].map(nameOf)))
    assert.ok(createPrivateKey(signingKey.pem).equals(first))
  })

  it('keeps the name of a key that only its public half is left of', () => {
    const before = keysOf(`${pkcs8(first)}${pkcs8(second)}`).keyIDs
    assert.deepEqual(keysOf(`${pkcs8(first)}${spki(second)}`).keyIDs, before)
  })

  it('goes on from a JWK Set in one file with it, in either order', async () => {
    const set = setOf({ ...jwkOf(first), kid: 'old' })
    const appended = keysOf(`${set}\n${pkcs8(second)}`)
    assert.deepEqual(appended.keyIDs, ['old', await nameOf(second)])
    assert.equal(appended.signingKey.keyID, 'old')
    const moved = keysOf(`${pkcs8(second)}${set}\n`)
    assert.deepEqual(moved.keyIDs, [await nameOf(second), 'old'])
    assert.ok(createPrivateKey(moved.signingKey.pem).equals(second))
  })

  it('publishes nothing private', () => {
    const { jwks } = keysOf(
      `${pkcs8(first)}${pkcs8(long)}${setOf({ ...jwkOf(ed25519), kid: 'e' })}`,
    )
    const { keys } = JSON.parse(jwks) as { keys: object[] }
    const members = new Set(keys.flatMap((key) => Object.keys(key)))
    const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']
    assert.deepEqual([...members].toSorted(), publicMembers.toSorted())
  })

  const body = pkcs8(first).split('\n').slice(1, -2).join('\n')
  const refused: readonly (readonly [what: string, keys: string, problem: RegExp])[] = [
    ['a small RSA key', pkcs8(rsa(1024)), /key 1 must be RSA from 2048 bits, P-256/],
    ['another curve', pkcs8(ec('secp256k1')), /key 1 must be RSA from 2048 bits, P-256/],
    [
      'a key that agrees and does not sign',
      pkcs8(generateKeyPairSync('x25519').privateKey),
      /key 1 must be RSA from 2048/,
    ],
    [
      'an encrypted key',
      first.export({ type: 'pkcs8', ...encrypted }).toString(),
      /key 1 is encrypted: write it without a passphrase, with: openssl pkey/,
    ],
    [
      'a key encrypted the old way',
      long.export({ type: 'pkcs1', ...encrypted }).toString(),
      /key 1 is encrypted/,
    ],
    ['a public key alone', spki(first), /key 1 is public, and the first one signs/],
    ['a public key in front', `${spki(first)}${pkcs8(second)}`, /key 1 is public/],
    ['a certificate', certificates.certificate, /key 1 is a block of "CERTIFICATE"/],
    [
      'a certificate behind a key',
      `${pkcs8(first)}${certificates.certificate}`,
      /key 2 is a block of "CERTIFICATE"/,
    ],
    [
      'a private part of another key',
      mixedPem(first, second),
      /key 1 has a private part that does not belong to its public part, .*copy the whole key/,
    ],
    ['one key twice', `${pkcs8(first)}${sec1(first)}`, /key 2 has the "kid" of another/],
    [
      'a block cut short',
      pkcs8(first).replace(body, body.slice(0, 60)),
      /key 1 is a damaged PEM block/,
    ],
    ['a block without its end', pkcs8(first).replace(/-----END.*/s, ''), /must be private keys in/],
    [
      'a block without its end before another',
      `${pkcs8(first).replace(/-----END.*/s, '')}${pkcs8(second)}`,
      /must be private keys in PEM/,
    ],
    [
      'a first line that is misspelt',
      `${pkcs8(first).replace('-----BEGIN', '----BEGIN')}${pkcs8(second)}`,
      /must be private keys in PEM/,
    ],
    [
      'text between the keys',
      `${pkcs8(first)}new\n${pkcs8(second)}`,
      /must be private keys in PEM/,
    ],
    [
      'labels that differ',
      pkcs8(first).replace('END PRIVATE', 'END EC PRIVATE'),
      /must be private/,
    ],
    ['the text of a key alone', body, /must be private keys in PEM, or a JWK Set/],
    [
      'parameters alone',
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n',
      /must be private keys in PEM/,
    ],
    ['garbage', 'garbage', /must be private keys in PEM, or a JWK Set.*openssl genpkey/],
    ['nothing', '', /it is empty/],
    ['blank lines', '\n \n', /it is empty/],
    ['a set without keys', setOf(), /must be private keys in PEM, or a JWK Set/],
    [
      'two sets, one broken',
      `${setOf({ ...jwkOf(first), kid: 'a' })}{"keys": [`,
      /must be private/,
    ],
  ]
  for (const [what, keys, expected] of refused) {
    it(`refuses ${what}, and quotes none of it`, () => {
      const problem = problemOf(keys)
      assert.match(problem, expected)
      assert.ok(!problem.includes(body.slice(0, 20)))
    })
  }
})
