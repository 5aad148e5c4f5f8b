import {
  allowInsecureRequests,
  authorizationCodeGrant,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  None,
  type ServerMetadata,
} from 'openid-client'
import type { Issuer, IssuerMetadata } from '../authn/issuer.ts'
import type { ProviderConfig } from '../config/browser-types.ts'
import { DependencyError } from '../errors.ts'
import { type ExchangeFailure, explainFailure } from './exchange-failure.ts'

interface ExchangeOptions {
  /** Redirect URI and the query that the provider added to it. */
  readonly callbackURL: URL
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly signal: AbortSignal
}

type Exchange =
  /** `nonce`, `aud`, `iss` and times of the ID token are checked, its signature is not. */
  | { readonly kind: 'exchanged'; readonly idToken: string; readonly issuer: string }
  | ExchangeFailure

/** The identity provider as sign-in uses it. Throws {@link DependencyError} when it gives no answer. */
export interface Provider {
  readonly config: ProviderConfig
  /** The address that asks the provider to sign somebody in. */
  readonly authorizationURL: (
    parameters: Readonly<Record<string, string>>,
    externalURL: URL,
  ) => Promise<URL>
  /** Trades the callback's code for an ID token. */
  readonly exchange: (options: ExchangeOptions) => Promise<Exchange>
  /** The address that ends the provider's own session; undefined when it has none. */
  readonly endSessionURL: (
    parameters: Readonly<Record<string, string>>,
    externalURL: URL,
  ) => Promise<URL | undefined>
}

/** How long the token endpoint may take when the check's own deadline allows more. */
const exchangeTimeoutSeconds = 10

/** The provider of `config`, which is reached as its issuer is: same CA, same bounds. */
export function createProvider(config: ProviderConfig, issuer: Issuer): Provider {
  const endpoint = async (name: string, override: string | undefined, externalURL: URL) => {
    // A path of the configuration is one of our own host; a provider's own address is absolute.
    const [address, base] = override
      ? [override, externalURL.href]
      : [(await issuer.metadata())[name], undefined]
    if (address === undefined || address === '') return undefined
    if (typeof address !== 'string' || !URL.canParse(address, base)) throw unusable(name, issuer)
    const url = new URL(address, base)
    const mayBeHttp = issuer.config.allowHttp || url.origin === externalURL.origin
    if (url.protocol === 'https:' || (url.protocol === 'http:' && mayBeHttp)) return url
    throw unusable(name, issuer)
  }

  return {
    config,
    authorizationURL: async (parameters, externalURL) => {
      const name = 'authorization_endpoint'
      const url = await endpoint(name, config.authorizationEndpoint, externalURL)
      if (url === undefined) throw unusable(name, issuer)
      return withParameters(url, parameters)
    },
    endSessionURL: async (parameters, externalURL) => {
      const url = await endpoint('end_session_endpoint', config.endSessionEndpoint, externalURL)
      return url && withParameters(url, parameters)
    },
    exchange: async ({ callbackURL, state, nonce, codeVerifier, signal }) => {
      const client = createClient(config, issuer, await issuer.metadata())
      client[customFetch] = (url, { method, headers, body, redirect, signal: timeout }) =>
        issuer.fetch(url, {
          method,
          headers,
          body: body ?? null,
          redirect,
          signal: timeout === undefined ? signal : AbortSignal.any([signal, timeout]),
        })
      try {
        const tokens = await authorizationCodeGrant(client, callbackURL, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        })
        // Neither can be absent, as `idTokenExpected` says; the types do not know.
        return {
          kind: 'exchanged',
          idToken: tokens.id_token ?? '',
          issuer: tokens.claims()?.iss ?? '',
        }
      } catch (error) {
        return explainFailure(error)
      }
    },
  }
}

function createClient(config: ProviderConfig, issuer: Issuer, metadata: IssuerMetadata) {
  const client = new Configuration(
    serverMetadata(metadata, issuer),
    config.clientID,
    {},
    clientAuthentication(config, metadata),
  )
  client.timeout = exchangeTimeoutSeconds
  if (issuer.config.allowHttp) allowInsecureRequests(client)
  return client
}

/** The members that the exchange needs; the document is foreign, so each is looked at. */
function serverMetadata(metadata: IssuerMetadata, issuer: Issuer): ServerMetadata {
  const tokenEndpoint = metadata['token_endpoint']
  if (typeof tokenEndpoint !== 'string') throw unusable('token_endpoint', issuer)
  const algorithms = strings(metadata['id_token_signing_alg_values_supported'])
  return {
    issuer: metadata.issuer,
    token_endpoint: tokenEndpoint,
    ...(algorithms && { id_token_signing_alg_values_supported: algorithms }),
    authorization_response_iss_parameter_supported:
      metadata['authorization_response_iss_parameter_supported'] === true,
  }
}

/** Basic unless the provider takes the secret in the body alone (OpenID Connect Discovery 1.0 §3). */
function clientAuthentication(
  { clientAuthentication: own }: ProviderConfig,
  metadata: IssuerMetadata,
) {
  if (own.method === 'none') return None()
  if (own.method === 'private_key_jwt') throw new TypeError('Cannot sign in by private_key_jwt')
  const { clientSecret } = own
  const known = strings(metadata['token_endpoint_auth_methods_supported']) ?? [
    'client_secret_basic',
  ]
  return !known.includes('client_secret_basic') && known.includes('client_secret_post')
    ? ClientSecretPost(clientSecret)
    : ClientSecretBasic(clientSecret)
}

function strings(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter((item): item is string => typeof item === 'string')
}

function withParameters(url: URL, parameters: Readonly<Record<string, string>>): URL {
  // Apart from the URL, which would otherwise be written anew for each parameter.
  const query = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries(parameters)) query.set(name, value)
  url.search = query.toString()
  return url
}

function unusable(name: string, { config }: Issuer): DependencyError {
  return new DependencyError(
    'provider',
    `Cannot use "${config.url}" for sign-in: its discovery document has no usable "${name}"`,
  )
}
