import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isRecord } from '../json/record.ts'
import type { ClientAuthentication, ClientKey } from './browser-types.ts'
import { keyAlgorithms, usableKeys } from './key-algorithms.ts'
import { isPair, unmatchedHalves } from './key-pair.ts'
import type { RawProvider } from './schema/sign-in.ts'
import { type Loading, readClientSecret, readNamedFile, reportFile } from './secrets.ts'

/** How the client of `signIn.providers[…]` proves itself; at most one of secret and key. */
export function readClientAuthentication(
  loading: Loading,
  path: string,
  raw: RawProvider,
): ClientAuthentication {
  const { document } = loading
  const { clientSecretFile, clientKeyFile, clientAuthentication } = raw
  if (clientAuthentication !== undefined && clientSecretFile === undefined) {
    document.report(
      `${path}.clientAuthentication`,
      'has no use without clientSecretFile: remove it, or name the file of the secret',
      { at: 'key' },
    )
  }
  if (clientSecretFile !== undefined && clientKeyFile !== undefined) {
    document.report(
      `${path}.clientKeyFile`,
      'must not stand beside clientSecretFile: the client proves itself by one of them',
      { at: 'key' },
    )
  }
  if (clientKeyFile !== undefined) {
    const key = readClientKey(loading, { path: `${path}.clientKeyFile`, name: clientKeyFile })
    return key === undefined ? { method: 'none' } : { method: 'private_key_jwt', key }
  }
  if (clientSecretFile === undefined) return { method: 'none' }
  const named = { path: `${path}.clientSecretFile`, name: clientSecretFile }
  // What cannot be read is reported, and then nothing of this is used.
  const clientSecret = readClientSecret(loading, named) ?? ''
  return { method: clientAuthentication ?? 'auto', clientSecret }
}

function readClientKey(
  loading: Loading,
  named: { readonly path: string; readonly name: string },
): ClientKey | undefined {
  const text = readNamedFile(loading, named)
  if (text === undefined) return undefined
  const parsed = parseKey(text)
  if (parsed === undefined) {
    return reportFile(
      loading,
      named.path,
      'it must be a private key: PEM without a passphrase, or one JWK',
    )
  }
  if (keyAlgorithms(parsed.key).length === 0) {
    return reportFile(loading, named.path, `it must be ${usableKeys}`)
  }
  if (!isPair(parsed.key, parsed.jwk))
    return reportFile(loading, named.path, `it ${unmatchedHalves}`)
  const pem = parsed.key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { pem, keyID: parsed.keyID }
}

interface ParsedKey {
  readonly key: KeyObject
  readonly keyID: string | undefined
  /** Undefined for PEM. */
  readonly jwk: JsonWebKey | undefined
}

function parseKey(text: string): ParsedKey | undefined {
  try {
    if (!text.trimStart().startsWith('{')) {
      return { key: createPrivateKey(text), keyID: undefined, jwk: undefined }
    }
    const jwk: unknown = JSON.parse(text)
    if (!isRecord(jwk)) return undefined
    const { kid } = jwk
    const key = createPrivateKey({ key: jwk, format: 'jwk' })
    return { key, keyID: typeof kid === 'string' ? kid : undefined, jwk }
  } catch {
    return undefined
  }
}
