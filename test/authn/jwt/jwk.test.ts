import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseCertificateChain, parseJwk } from '../../../src/authn/jwt/jwk.ts'
import { ecKey, publicJwk, rsaKey } from './signed-token.ts'

const rsa = rsaKey('r')
const ec = ecKey('e')
const ed = generateKeyPairSync('ed25519')
const rsaJwk = publicJwk(rsa)
const ecJwk = publicJwk(ec)
const edJwk = ed.publicKey.export({ format: 'jwk' })
const rsaPrivate = rsa.privateKey.export({ format: 'jwk' })
const ecPrivate = ec.privateKey.export({ format: 'jwk' })

const pem = execFileSync('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  ...['-keyout', '-', '-out', '-', '-subj', '/CN=test', '-days', '2'],
])
const certified = createPrivateKey(pem).export({ format: 'jwk' })
const certificate = new X509Certificate(pem)
const der = certificate.raw.toString('base64')
const certifiedJwk = { kty: 'EC', crv: 'P-256', x: certified.x, y: certified.y, x5c: [der] }
const thumbprint = (algorithm: string) => createHash(algorithm).update(certificate.raw).digest()
const base64url = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64url')

function parse(jwk: unknown) {
  return parseJwk(typeof jwk === 'string' ? jwk : JSON.stringify(jwk))
}

function fingerprint(jwk: unknown): string {
  const parsed = parse(jwk)
  return parsed.kind === 'usable' ? parsed.key.fingerprint : assert.fail(parsed.kind)
}

describe('parseJwk()', () => {
  const usable = {
    'an RSA key': rsaJwk,
    'a P-256 key': ecJwk,
    'a P-384 key': publicJwk(ecKey('e', 'P-384')),
    'a P-521 key': publicJwk(ecKey('e', 'P-521')),
    'an RSA key of 1024 bits': publicJwk(rsaKey('r', 1024)),
    'a key for something else': { ...rsaJwk, use: 'enc', alg: 'RSA-OAEP', key_ops: ['encrypt'] },
    'a key without kid': { ...rsaJwk, kid: null },
    'a modulus with leading zeros': {
      ...rsaJwk,
      n: base64url(Buffer.concat([Buffer.alloc(2), Buffer.from(rsaJwk.n ?? '', 'base64url')])),
    },
    'an exponent that Go cuts to 65537': {
      ...rsaJwk,
      e: base64url(Buffer.from('010000000000010001', 'hex')),
    },
    'a certificate of the key': certifiedJwk,
    'a certificate with its thumbprints': {
      ...certifiedJwk,
      x5t: base64url(thumbprint('sha1')),
      'x5t#S256': base64url(thumbprint('sha256').toString('hex')),
    },
    'a thumbprint of no certificate': { ...rsaJwk, x5t: base64url(Buffer.alloc(20)) },
  }
  for (const [what, jwk] of Object.entries(usable)) {
    it(`can use ${what}`, () => {
      assert.equal(parse(jwk).kind, 'usable')
    })
  }

  const useless = {
    'an Ed25519 key': edJwk,
    'a short Ed25519 key': { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
    'a private Ed25519 key': ed.privateKey.export({ format: 'jwk' }),
    'a symmetric key': { kty: 'oct', k: 'AA' },
    'a private RSA key': rsaPrivate,
    'a private EC key': ecPrivate,
    'an RSA key of 1016 bits': publicJwk(rsaKey('r', 1016)),
    'an even exponent': { ...rsaJwk, e: 'Ag' },
    'an exponent of 32 bits': { ...rsaJwk, e: base64url(Buffer.from('ffffffff', 'hex')) },
    'an empty modulus': { ...rsaJwk, n: '' },
    'an even modulus': { ...rsaJwk, n: base64url(Buffer.alloc(256, 0xfe)) },
  }
  for (const [what, jwk] of Object.entries(useless)) {
    it(`parses ${what} and cannot use it`, () => {
      assert.equal(parse(jwk).kind, 'useless')
    })
  }

  const faults = {
    null: 'null',
    'a number': '1',
    'no JSON': '{',
    'no kty': {},
    'an unknown kty': { kty: 'AKP' },
    'a repeated member': '{"kty":"oct","k":"AA","x":1,"x":1}',
    'a name in capitals': '{"KTY":"oct","k":"AA"}',
    'a numeric kid': { ...rsaJwk, kid: 1 },
    'a numeric use': { ...rsaJwk, use: 1 },
    'no modulus': { kty: 'RSA', e: 'AQAB' },
    padding: { ...rsaJwk, n: `${rsaJwk.n}==` },
    'a modulus that is no string': { ...rsaJwk, n: 1 },
    'a broken private RSA key': { ...rsaPrivate, d: 'AQAB' },
    'half of a private RSA key': { ...rsaPrivate, p: undefined },
    'a private RSA key of no primes': { ...rsaPrivate, p: 'AQ' },
    'a curve of Bitcoin': publicJwk(ecKey('e', 'secp256k1')),
    'a short coordinate': { ...ecJwk, x: 'AQ' },
    'no y': { ...ecJwk, y: null },
    'a point off the curve': { ...ecJwk, x: ecJwk.y },
    'a short private EC key': { ...ecPrivate, d: 'AQ' },
    X25519: { kty: 'OKP', crv: 'X25519', x: 'AA' },
    'Ed25519 without x': { kty: 'OKP', crv: 'Ed25519' },
    'oct without k': { kty: 'oct' },
    'oct with a certificate': { kty: 'oct', k: 'AA', x5c: [der] },
    'an x5u': { ...rsaJwk, x5u: 'https://idp.example.com' },
    'a certificate of another key': { ...ecJwk, x5c: [der] },
    'a certificate of another kind of key': { ...edJwk, x5c: [der] },
    'a certificate for a key that is too small': { ...publicJwk(rsaKey('r', 1016)), x5c: [der] },
    'a certificate that is none': { ...rsaJwk, x5c: ['AAAA'] },
    'a certificate that is no base64': { ...rsaJwk, x5c: ['-'] },
    'certificates that are no list': { ...rsaJwk, x5c: 'x' },
    'a thumbprint of another certificate': { ...certifiedJwk, x5t: base64url(Buffer.alloc(20)) },
    'a short thumbprint': { ...rsaJwk, x5t: 'AAAA' },
    'a thumbprint that is no base64url': { ...rsaJwk, 'x5t#S256': '=' },
    'a thumbprint of wrong digits': { ...rsaJwk, x5t: base64url('z'.repeat(40)) },
  }
  for (const [what, jwk] of Object.entries(faults)) {
    it(`finds fault with ${what}`, () => {
      assert.equal(parse(jwk).kind, 'fault')
    })
  }

  it('gives equal keys equal fingerprints, unless their kid differs', () => {
    assert.equal(fingerprint(rsaJwk), fingerprint({ ...rsaJwk, use: 'sig' }))
    assert.notEqual(fingerprint(rsaJwk), fingerprint({ ...rsaJwk, kid: 's' }))
    assert.notEqual(fingerprint(rsaJwk), fingerprint(publicJwk(rsaKey('r'))))
  })

  it('tells a public key from a private one that is as useless', () => {
    assert.deepEqual(parse(edJwk), { kind: 'useless', isPublic: true })
    assert.deepEqual(parse(rsaPrivate), { kind: 'useless', isPublic: false })
    assert.deepEqual(parse({ kty: 'RSA', n: '', e: '' }), { kind: 'useless', isPublic: false })
  })
})

describe('parseCertificateChain()', () => {
  const refused = {
    'PEM text': [Buffer.from(certificate.toString()).toString('base64')],
    'bytes after the certificate': [
      Buffer.concat([certificate.raw, Buffer.of(0)]).toString('base64'),
    ],
    'base64 without padding': [der.replace(/=+$/, '').slice(0, -1)],
    'something that only starts as one': ['MAAA'],
    null: [null],
    'a bad second one': [der, 'AAAA'],
  }
  for (const [what, chain] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.equal(parseCertificateChain(chain), undefined)
    })
  }
  it('reads all certificates', () => {
    assert.equal(parseCertificateChain([der, der])?.length, 2)
  })
})
