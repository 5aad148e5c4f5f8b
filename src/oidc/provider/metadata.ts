import type { ServerMetadata } from 'openid-client'
import type { Issuer, IssuerMetadata } from '../../authn/issuer/issuer.ts'
import { DependencyError } from '../../errors.ts'

/** The members that a client needs; the document is foreign, so each is looked at. */
export function serverMetadata(metadata: IssuerMetadata, issuer: Issuer): ServerMetadata {
  const tokenEndpoint = metadata['token_endpoint']
  if (typeof tokenEndpoint !== 'string') throw unusable('token_endpoint', issuer)
  const userInfoEndpoint = metadata['userinfo_endpoint']
  const revocationEndpoint = metadata['revocation_endpoint']
  const algorithms = strings(metadata['id_token_signing_alg_values_supported'])
  return {
    issuer: metadata.issuer,
    token_endpoint: tokenEndpoint,
    jwks_uri: metadata.jwks_uri,
    ...(typeof userInfoEndpoint === 'string' && { userinfo_endpoint: userInfoEndpoint }),
    ...(typeof revocationEndpoint === 'string' && { revocation_endpoint: revocationEndpoint }),
    ...(algorithms && { id_token_signing_alg_values_supported: algorithms }),
    // What is believed of a bearer token; the document could name "none".
    userinfo_signing_alg_values_supported: [...issuer.config.algorithms],
    authorization_response_iss_parameter_supported:
      metadata['authorization_response_iss_parameter_supported'] === true,
  }
}

/** The strings of a list; undefined for what is no list. */
export function strings(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter((item): item is string => typeof item === 'string')
}

/** The failure of a provider whose discovery document lacks `name`, or has nonsense there. */
export function unusable(name: string, { config }: Issuer): DependencyError {
  return new DependencyError(
    'provider',
    `Cannot use "${config.url}" for sign-in: its discovery document has no usable "${name}"`,
  )
}
