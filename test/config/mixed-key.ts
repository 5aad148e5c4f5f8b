import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** The private part of one key beside the public part of another, as careless copying leaves them. */
export function mixedJwk(key: KeyObject, other: KeyObject): JsonWebKey {
  return { ...key.export({ format: 'jwk' }), ...createPublicKey(other).export({ format: 'jwk' }) }
}

/** The same as PEM, which cannot hold the two parts of an Ed25519 key. */
export function mixedPem(key: KeyObject, other: KeyObject): string {
  return createPrivateKey({ key: mixedJwk(key, other), format: 'jwk' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
}
