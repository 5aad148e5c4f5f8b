import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto'
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
} from 'openid-client'
import type { IssuerMetadata } from '../../authn/issuer/issuer.ts'
import type { ClientAuthentication, ClientKey } from '../../config/browser-types.ts'
import { strings } from './metadata.ts'

/**
 * How the client proves itself at the token endpoint
 * ({@link https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication OpenID Connect Core 1.0 §9}).
 * The assertion of `private_key_jwt` names the issuer alone as its audience, as
 * {@link https://datatracker.ietf.org/doc/draft-ietf-oauth-rfc7523bis/ the update of RFC 7523} asks: an
 * address that a discovery document names could be that of another server, where the assertion is good.
 */
export function clientAuthentication(
  own: ClientAuthentication,
  metadata: IssuerMetadata,
): ClientAuth {
  switch (own.method) {
    case 'none':
      return None()
    case 'client_secret_basic':
      return ClientSecretBasic(own.clientSecret)
    case 'client_secret_post':
      return ClientSecretPost(own.clientSecret)
    case 'auto':
      return takesBasic(metadata)
        ? ClientSecretBasic(own.clientSecret)
        : ClientSecretPost(own.clientSecret)
    case 'private_key_jwt':
      return privateKeyJwt(own.key, metadata)
  }
}

/** Basic unless the provider takes the secret in the body alone (OpenID Connect Discovery 1.0 §3). */
function takesBasic(metadata: IssuerMetadata): boolean {
  const known = strings(metadata['token_endpoint_auth_methods_supported'])
  if (known === undefined || known.includes('client_secret_basic')) return true
  return !known.includes('client_secret_post')
}

function privateKeyJwt({ pem, keyID }: ClientKey, metadata: IssuerMetadata): ClientAuth {
  const known = strings(metadata['token_endpoint_auth_signing_alg_values_supported']) ?? []
  const key = signingKey(createPrivateKey(pem), known)
  return PrivateKeyJwt(keyID === undefined ? key : { key, kid: keyID }, {
    [modifyAssertion]: (header) => {
      // RFC 9864 is young, and most know the algorithm by its older name alone.
      if (header['alg'] === 'Ed25519' && !known.includes('Ed25519')) header['alg'] = 'EdDSA'
    },
  })
}

/** The algorithm follows from the key; of RSA it is RS256, unless the provider knows PS256 and not that. */
function signingKey(key: KeyObject, known: readonly string[]): webcrypto.CryptoKey {
  const { asymmetricKeyType: type } = key
  if (type === 'ec') {
    const { crv = '' } = createPublicKey(key).export({ format: 'jwk' })
    return key.toCryptoKey({ name: 'ECDSA', namedCurve: crv }, false, ['sign'])
  }
  if (type === 'ed25519') return key.toCryptoKey('Ed25519', false, ['sign'])
  const isPss = known.includes('PS256') && !known.includes('RS256')
  const name = isPss ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  return key.toCryptoKey({ name, hash: 'SHA-256' }, false, ['sign'])
}
