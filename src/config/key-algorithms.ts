import type { KeyObject } from 'node:crypto'

/** The keys that {@link keyAlgorithms} knows, for messages. */
export const usableKeys = 'RSA from 2048 bits, P-256, P-384, P-521 or Ed25519'

const curveAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/**
 * What a key of ours may sign with, the usual first; nothing for one that is none of {@link usableKeys}
 * ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 §3.1 and §3.3},
 * {@link https://www.rfc-editor.org/rfc/rfc8037#section-3.1 RFC 8037 §3.1}).
 */
export function keyAlgorithms(key: KeyObject): readonly string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ed25519') return ['EdDSA']
  if (type === 'rsa') {
    const isLong = (details?.modulusLength ?? 0) >= 2048
    return isLong ? ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] : []
  }
  const algorithm = curveAlgorithms[details?.namedCurve ?? '']
  return algorithm === undefined ? [] : [algorithm]
}
