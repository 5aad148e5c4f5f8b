/**
 * `oidc/provider/` is what sign-in asks of the providers: their addresses, tokens for a code or a refresh
 * token, and who somebody is. It knows no browser.
 */
import type { Issuer, Issuers } from '../../authn/issuer/issuer.ts'
import type { ProviderConfig, SignInConfig } from '../../config/browser-types.ts'
import { type Client, createClient } from './client.ts'
import { unusable } from './metadata.ts'

/** The identity provider as sign-in uses it. Throws {@link DependencyError} when it gives no answer. */
export interface Provider {
  readonly config: ProviderConfig
  readonly client: Client
  /** The address that asks the provider to sign somebody in. */
  readonly authorizationURL: (
    parameters: Readonly<Record<string, string>>,
    externalURL: URL,
  ) => Promise<URL>
  /** The address that ends the provider's own session; undefined when it has none. */
  readonly endSessionURL: (
    parameters: Readonly<Record<string, string>>,
    externalURL: URL,
  ) => Promise<URL | undefined>
}

/** The providers of one configuration, in its order. */
export interface Providers {
  /** At least one. */
  readonly all: readonly Provider[]
  readonly get: (id: string) => Provider | undefined
}

/** Throws TypeError when there is none, or when the issuer of one is not among `issuers`. */
export function createProviders({ providers }: SignInConfig, issuers: Issuers): Providers {
  if (providers.length === 0) throw new TypeError('Cannot sign in: no provider')
  const all = providers.map((config) => {
    const issuer = issuers.get(config.issuer.url)
    if (issuer !== undefined) return createProvider(config, issuer)
    throw new TypeError(`Cannot sign in: "${config.issuer.url}" is no trusted issuer`)
  })
  const byID = new Map(all.map((provider) => [provider.config.id, provider]))
  return { all, get: (id) => byID.get(id) }
}

function createProvider(config: ProviderConfig, issuer: Issuer): Provider {
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
    client: createClient(config, issuer),
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
  }
}

function withParameters(url: URL, parameters: Readonly<Record<string, string>>): URL {
  // Apart from the URL, which would otherwise be written anew for each parameter.
  const query = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries(parameters)) query.set(name, value)
  url.search = query.toString()
  return url
}
