import {
  constants,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  sign,
} from 'node:crypto'
import { ecKey, encode, publicJwk, rsaKey, type TestKey } from '../../authn/jwt/signed-token.ts'

/** The keys that tokens are signed with, and some that nobody may sign with. */
export const keys = {
  rsa: rsaKey('r1'),
  other: rsaKey('r1'),
  p256: ecKey('e1', 'P-256'),
  p384: ecKey('e2', 'P-384'),
  p521: ecKey('e3', 'P-521'),
  k256: ecKey('k1', 'secp256k1'),
  ed: { kid: 'd1', ...generateKeyPairSync('ed25519') },
} as const satisfies Readonly<Record<string, TestKey>>

/** What the issuer of most cases publishes. */
export const published: readonly JsonWebKey[] = [
  { ...publicJwk(keys.rsa), alg: 'RS256', use: 'sig' },
  publicJwk(keys.p256),
  publicJwk(keys.p384),
  publicJwk(keys.p521),
]

/** The key with its secret, as nobody should publish it. */
export function privateJwk(key: TestKey): JsonWebKey {
  return { ...key.privateKey.export({ format: 'jwk' }), kid: key.kid }
}

/** Seconds since the epoch. */
export const nowSeconds = Math.floor(Date.now() / 1000)

/** How a token is made; what is absent is as a good issuer would do it. */
export interface MintOptions {
  readonly alg?: string
  readonly key?: TestKey
  /** Members of the header besides `alg` and `kid`, or in their place; undefined leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The header's text itself. */
  readonly rawHeader?: string | Buffer
  readonly saltLength?: number
}

/** A token with this payload: an object, or the text itself. */
export function mint(payload: unknown, options: MintOptions = {}): string {
  const { alg = 'RS256', key = keys.rsa, header = {}, rawHeader } = options
  const input = `${encode(rawHeader ?? { alg, kid: key.kid, ...header })}.${encode(payload)}`
  return `${input}.${signature(input, { alg, key, ...options }).toString('base64url')}`
}

/** A signature over any bytes. */
export function signature(
  input: string | Buffer,
  { alg = 'RS256', key = keys.rsa, saltLength = constants.RSA_PSS_SALTLEN_DIGEST }: MintOptions,
): Buffer {
  const privateKey = createPrivateKey(key.privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const data = Buffer.from(input)
  const digest = `sha${alg.slice(2)}`
  switch (alg.slice(0, 2)) {
    case 'PS':
      return sign(digest, data, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      })
    case 'ES':
      return sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    case 'Ed':
      return sign(null, data, privateKey)
    default:
      return sign(digest, data, privateKey)
  }
}
