import {
  constants,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'

/** A key pair and the `kid` that it is published under. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function rsaKey(kid: string, modulusLength = 2048): TestKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength }) }
}

export function ecKey(kid: string, namedCurve = 'P-256'): TestKey {
  return { kid, ...generateKeyPairSync('ec', { namedCurve }) }
}

/** The JWK that an issuer publishes. */
export function publicJwk(key: TestKey): JsonWebKey {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid }
}

export function jwksOf(...keys: readonly TestKey[]): string {
  return JSON.stringify({ keys: keys.map(publicJwk) })
}

export function encode(part: unknown): string {
  const bytes = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)
  return Buffer.from(bytes).toString('base64url')
}

/** A signature over any input by any algorithm, also those that must be refused. */
export function signatureOf(input: string, algorithm: string, key: TestKey): Buffer {
  const digest = `sha${algorithm.slice(2)}`
  const data = Buffer.from(input)
  const privateKey = key.privateKey
  switch (algorithm.slice(0, 2)) {
    case 'RS':
      return sign(digest, data, privateKey)
    case 'PS':
      return sign(digest, data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING })
    case 'ES':
      return sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    case 'HS': {
      const secret = key.publicKey.export({ type: 'spki', format: 'pem' })
      return createHmac(digest, secret).update(data).digest()
    }
    default:
      return Buffer.alloc(0)
  }
}

/** A compact JWS; a payload or header that is a string or Buffer is taken as it is. */
export function signToken(
  payload: unknown,
  { key, alg = 'RS256', header }: { key: TestKey; alg?: string; header?: unknown },
): string {
  const input = `${encode(header ?? { alg, kid: key.kid })}.${encode(payload)}`
  return `${input}.${signatureOf(input, alg, key).toString('base64url')}`
}
