import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'oidc-provider'

/** A new private key that a provider signs with, by RS256. */
export function signingJwk(kid: string): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256', kid }
}
