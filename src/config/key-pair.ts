import { createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto'

/** What to say of a key without {@link isPair}; completes "key 1 …". */
export const unmatchedHalves =
  'has a private part that does not belong to its public part, so nobody would believe what it signs: copy the whole key again from where it was made, or make a new one'

const probe = Buffer.from('attache')

/**
 * Whether the public part verifies what the private part signs. Nothing that reads a key looks: of most
 * forms both parts are believed, and of an Ed25519 JWK the public one is overlooked, so that `jwk`, which
 * the key was read from, says what it has published.
 */
export function isPair(privateKey: KeyObject, jwk?: JsonWebKey): boolean {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  try {
    const publicKey =
      jwk === undefined
        ? createPublicKey(privateKey)
        : createPublicKey({ key: publicMembers(jwk), format: 'jwk' })
    return verify(digest, probe, publicKey, sign(digest, probe, privateKey))
  } catch {
    // Some halves are so far apart that they sign nothing.
    return false
  }
}

const publicNames: ReadonlySet<string> = new Set(['kty', 'crv', 'x', 'y', 'n', 'e'])

/** Of a whole JWK Node.js would make the public key out of the private part. */
function publicMembers(jwk: JsonWebKey): JsonWebKey {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => publicNames.has(name)))
}
