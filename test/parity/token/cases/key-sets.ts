import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  X509Certificate,
} from 'node:crypto'
import { encode, publicJwk, rsaKey, type TestKey } from '../../../authn/jwt/signed-token.ts'
import { firstAuthority } from '../../../support/authorities.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { keys, type MintOptions, mint, nowSeconds as now, privateJwk } from '../mint.ts'
import { fileOf, type World } from '../world.ts'

const good = publicJwk(keys.rsa)
const ec = publicJwk(keys.p256)
const secret = privateJwk(keys.other)
const n = good.n ?? ''

/** One more key beside a good one: whether it spoils the set. */
const beside: Readonly<Record<string, JsonWebKey | string>> = {
  'an unknown kty': { kty: 'AKP', kid: 'z' },
  X25519: { kty: 'OKP', crv: 'X25519', x: 'AA' },
  'Ed25519, too short': { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
  'Ed25519 without x': { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: publicJwk(keys.ed),
  'Ed25519, private': privateJwk(keys.ed),
  oct: { kty: 'oct', k: 'AA' },
  'an empty oct': { kty: 'oct', k: '' },
  'an oct without k': { kty: 'oct' },
  secp256k1: publicJwk(keys.k256),
  'RSA without n': { kty: 'RSA', e: 'AQAB' },
  'RSA with an empty n': { kty: 'RSA', n: '', e: 'AQAB' },
  'RSA with null for e': JSON.stringify({ kty: 'RSA', n: 'AQ', e: null }),
  'n with padding': { kty: 'RSA', n: 'AQ==', e: 'AQAB' },
  'a kid that is a number': JSON.stringify({ ...good, kid: 1 }),
  'a kid that is null': JSON.stringify({ ...good, kid: null }),
  'a use that is a number': JSON.stringify({ ...good, use: 1 }),
  'a use that is null': JSON.stringify({ ...good, use: null }),
  'an alg that is a number': JSON.stringify({ ...good, alg: 1 }),
  'a kty that is a number': JSON.stringify({ kty: 1 }),
  'key_ops that are a number': JSON.stringify({ ...good, key_ops: 1 }),
  'RSA, private': secret,
  'RSA, private and wrong': { ...secret, d: 'AQAB' },
  'RSA, private without p': JSON.stringify({ ...secret, p: undefined }),
  'RSA, private without its speed-ups': JSON.stringify({
    ...secret,
    qi: undefined,
    dp: undefined,
    dq: undefined,
  }),
  'EC, private': privateJwk(keys.p256),
  'EC, private and short': { ...privateJwk(keys.p256), d: 'AQAB' },
  'EC, private and wrong': { ...privateJwk(keys.p256), d: ec.x ?? '' },
  'EC, short x': { ...ec, x: 'AQ' },
  'EC, not on the curve': { ...ec, x: ec.y ?? '' },
  'EC without y': { kty: 'EC', crv: 'P-256', x: ec.x ?? '' },
  'EC beyond the field': { ...ec, x: Buffer.alloc(32, 255).toString('base64url') },
  'EC at zero': {
    ...ec,
    x: Buffer.alloc(32).toString('base64url'),
    y: Buffer.alloc(32).toString('base64url'),
  },
  'EC of another curve': { ...ec, crv: 'P-384' },
  'EC without a curve': { kty: 'EC', x: ec.x ?? '', y: ec.y ?? '' },
  'a crv that is a number': JSON.stringify({ ...ec, crv: 1 }),
  'EC with null for both': JSON.stringify({ kty: 'EC', crv: 'P-256', x: null, y: null }),
  x5u: JSON.stringify({ ...good, x5u: 'https://x' }),
  'x5u that is null': JSON.stringify({ ...good, x5u: null }),
  'x5u that is an object': JSON.stringify({ ...good, x5u: {} }),
  x5t: JSON.stringify({ ...good, x5t: Buffer.alloc(20).toString('base64url') }),
  'x5t in hexadecimal': JSON.stringify({ ...good, x5t: encode('ab'.repeat(20)) }),
  'x5t in no hexadecimal': JSON.stringify({ ...good, x5t: encode('zz'.repeat(20)) }),
  'x5t, short': JSON.stringify({ ...good, x5t: 'AAAA' }),
  'x5t, empty': JSON.stringify({ ...good, x5t: '' }),
  'x5t with padding': JSON.stringify({ ...good, x5t: 'AA==' }),
  'x5t#S256': JSON.stringify({ ...good, 'x5t#S256': Buffer.alloc(32).toString('base64url') }),
  'x5t#S256, short': JSON.stringify({ ...good, 'x5t#S256': 'AAAA' }),
  'x5c, empty': JSON.stringify({ ...good, x5c: [] }),
  'x5c that is null': JSON.stringify({ ...good, x5c: null }),
  'x5c that is no certificate': JSON.stringify({ ...good, x5c: ['AAAA'] }),
  'x5c that is a text': JSON.stringify({ ...good, x5c: 'x' }),
  'a member twice': '{"kty":"oct","k":"AA","k":"AB"}',
  'an unknown member twice': '{"kty":"oct","k":"AA","u":"AB","u":1}',
  'an inner member twice': '{"kty":"oct","k":"AA","u":{"a":1,"a":2}}',
  'kty in capitals': '{"KTY":"oct","k":"AA"}',
  null: 'null',
  'a number': '1',
  'a text': '"x"',
  'a list': '[]',
  'an empty object': '{}',
  'a line break in n': JSON.stringify({ ...good, n: `${n.slice(0, 5)}\r\n${n.slice(5)}` }),
  'for encryption': { ...publicJwk(keys.other), alg: 'RSA-OAEP', use: 'enc' },
  'the same key again': good,
  'a kid that another has': publicJwk(keys.other),
  ...certified(),
}

/** Texts that are no plain set of keys. */
const sets: readonly string[] = [
  ...[
    'null',
    '{}',
    '[]',
    '1',
    '',
    'x',
    '"x"',
    '{"keys":null}',
    '{"keys":[]}',
    '{"keys":{}}',
    '{"keys":"x"}',
    '{"KEYS":[GOOD]}',
    '{"\u212aeys":[GOOD]}',
    '{"keys":[GOOD],"keys":null}',
    '{"keys":[GOOD],"KEYS":[]}',
    '{"keys":1,"keys":[GOOD]}',
    '{"keys":[{}],"keys":[GOOD]}',
    '{"keys":[],"keys":[GOOD]}',
    '\ufeff{"keys":[GOOD]}',
  ],
  ...[
    '{"keys":[GOOD]}x',
    ' {"keys" : [ GOOD , OTHER ] } \n',
    '{"keys":[GOOD],"x":{"a":1,"a":2}}',
    '{"keys":[GOOD,]}',
    '{"keys":[GOOD],"x":NaN}',
    '{"keys":[GOOD],"x":1e400}',
    '{"keys":[GOOD],"x":"\\ud800"}',
    `{"keys":[GOOD],"x":${'['.repeat(9999)}${']'.repeat(9999)}}`,
    `{"keys":[GOOD],"x":${'['.repeat(10_001)}${']'.repeat(10_001)}}`,
    '<html>',
    '[GOOD]',
    'GOOD',
    '{"keys":[[GOOD]]}',
    '{"key":[GOOD]}',
  ],
]

/** Key sets: one bad key spoils the set, or does not; which of several keys may verify. */
export function keySetCases(world: World): TokenCase[] {
  const one = (
    name: string,
    jwks: readonly JsonWebKey[] | string,
    options: MintOptions = {},
  ): TokenCase => {
    const url = world.issuer({ jwks })
    const token = mint({ iss: url, aud: 'me', exp: now + 3600, sub: 'alice' }, options)
    return { name: `key set: ${name}`, file: fileOf([{ issuer: { url } }]), token }
  }
  const goodText = JSON.stringify(good)
  const n0 = Buffer.from(n, 'base64url')
  const many = Array.from({ length: 99 }, (_, index) => ({
    ...publicJwk(keys.other),
    kid: `k${index}`,
  }))
  return [
    ...Object.entries(beside).map(([name, key]) =>
      one(
        `beside a good key, ${name}`,
        `{"keys":[${goodText},${typeof key === 'string' ? key : JSON.stringify(key)}]}`,
      ),
    ),
    ...sets.map((set) =>
      one(
        `text ${set.slice(0, 60)}`,
        set.replace('GOOD', () => goodText).replace('OTHER', () => JSON.stringify(ec)),
      ),
    ),
    ...sizes().flatMap(([name, key, algorithms]) =>
      algorithms.map((alg) =>
        one(`${name}, ${alg}`, [{ ...publicJwk(key), kid: 'r1' }], {
          key: { ...key, kid: 'r1' },
          alg,
        }),
      ),
    ),
    one('meant for encryption', [{ ...good, use: 'enc', alg: 'RSA-OAEP', key_ops: ['encrypt'] }]),
    one('alg of another algorithm', [{ ...good, alg: 'RS512' }]),
    one('key_ops without verify', [{ ...good, key_ops: ['sign'] }]),
    one('nbf of a key', [{ ...good, nbf: now + 9999 }]),
    one('a private key alone', [privateJwk(keys.rsa)]),
    one('a private EC key alone', [privateJwk(keys.p256)], { alg: 'ES256', key: keys.p256 }),
    one('two keys of one kid, the second signed', [publicJwk(keys.other), good]),
    one('two keys of one kid, the first signed', [good, publicJwk(keys.other)]),
    one('a key without kid', [{ ...good, kid: undefined }]),
    one('a key without kid, a token without kid', [{ ...good, kid: undefined }], {
      header: { kid: undefined },
    }),
    one('a key without kid, a token with an empty kid', [{ ...good, kid: undefined }], {
      header: { kid: '' },
    }),
    one('a key with an empty kid, a token with an empty kid', [{ ...good, kid: '' }], {
      header: { kid: '' },
    }),
    one('a token without kid among many keys', [...many, good], { header: { kid: undefined } }),
    one('a token with a kid among many keys', [...many, good]),
    one('zeros before n', [
      { ...good, n: Buffer.concat([Buffer.alloc(3), n0]).toString('base64url') },
    ]),
    one('e that wraps around', [
      { ...good, e: Buffer.from([1, 0, 0, 0, 0, 0, 1, 0, 1]).toString('base64url') },
    ]),
    one('zeros before e', [
      { ...good, e: Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]).toString('base64url') },
    ]),
    one('a large e', [{ ...good, e: Buffer.from([1, 0, 1, 0, 1]).toString('base64url') }]),
    one('an e of two', [{ ...good, e: 'Ag' }]),
    one('an e of one', [{ ...good, e: 'AQ' }]),
    one('an even n', [
      {
        ...good,
        n: Buffer.concat([n0.subarray(0, -1), Buffer.from([(n0.at(-1) ?? 1) ^ 1])]).toString(
          'base64url',
        ),
      },
    ]),
  ]
}

function sizes(): [string, TestKey, string[]][] {
  const e3 = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  return [
    ['RSA of 1024 bits', rsaKey('r1', 1024), ['RS256', 'PS256']],
    ['RSA of 1023 bits', rsaKey('r1', 1023), ['RS256', 'PS256']],
    ['RSA of 768 bits', rsaKey('r1', 768), ['RS256']],
    ['RSA of 3072 bits', rsaKey('r1', 3072), ['RS256', 'PS512']],
    ['RSA with e = 3', { kid: 'r1', ...e3 }, ['RS256', 'PS256']],
  ]
}

/** Keys with certificates that are theirs, or not. */
function certified(): Record<string, JsonWebKey> {
  const certificate = new X509Certificate(firstAuthority.server.cert)
  const privateKey = createPrivateKey(firstAuthority.server.key)
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const der = certificate.raw.toString('base64')
  const digest = (algorithm: string): Buffer =>
    createHash(algorithm).update(certificate.raw).digest()
  const variants: Record<string, Record<string, unknown>> = {
    'its own certificate': { ...jwk, x5c: [der] },
    'the certificate of another': { ...good, x5c: [der] },
    'its own certificate and thumbprints': {
      ...jwk,
      x5c: [der],
      x5t: digest('sha1').toString('base64url'),
      'x5t#S256': digest('sha256').toString('base64url'),
    },
    'a thumbprint in hexadecimal': {
      ...jwk,
      x5c: [der],
      x5t: encode(digest('sha1').toString('hex')),
    },
    'a thumbprint of something else': {
      ...jwk,
      x5c: [der],
      x5t: Buffer.alloc(20).toString('base64url'),
    },
    'a SHA-256 thumbprint of something else': {
      ...jwk,
      x5c: [der],
      'x5t#S256': Buffer.alloc(32).toString('base64url'),
    },
    'a certificate with a byte too many': {
      ...jwk,
      x5c: [Buffer.concat([certificate.raw, Buffer.from('x')]).toString('base64')],
    },
    'a certificate in PEM': {
      ...jwk,
      x5c: [Buffer.from(firstAuthority.server.cert).toString('base64')],
    },
    'a certificate and the private key': { ...privateKey.export({ format: 'jwk' }), x5c: [der] },
    'a certificate beside oct': { kty: 'oct', k: 'AA', x5c: [der] },
    'a second certificate that is none': { ...jwk, x5c: [der, 'AAAA'] },
    'a certificate and its CA': {
      ...jwk,
      x5c: [der, new X509Certificate(firstAuthority.ca).raw.toString('base64')],
    },
    'a certificate without padding': { ...jwk, x5c: [der.replace(/=+$/, '')] },
    'a certificate beside Ed25519': { ...publicJwk(keys.ed), x5c: [der] },
  }
  return variants
}
