import type {
  ClientAuthMethod,
  ClientMetadata,
  Configuration,
  JWK,
  KoaContextWithOIDC,
} from 'oidc-provider'
import { fetch } from 'undici'
import { createTrustingAgent } from './provider-browser.ts'

/** What is true of somebody, or what a token says. */
export type Claims = Readonly<Record<string, unknown>>

/** A person known to the provider: the login is the `sub`. */
interface Person {
  readonly login: string
  readonly claims: Claims
}

/** A client of the provider. */
export interface ProviderClient {
  readonly clientID: string
  /** Of `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret?: string
  /** Default: `client_secret_basic`, or `none` without a secret. */
  readonly clientAuthentication?: ClientAuthMethod
  /** Public keys of `private_key_jwt`. */
  readonly clientKeys?: readonly JWK[]
  /** Where Attaché is: `/oauth2/callback` and `/oauth2/sign_out` there may be redirected to. */
  readonly externalURL: URL | readonly URL[]
  readonly backchannelLogoutURI?: string
  /** Whether logout tokens name the session. Default: only the person. */
  readonly backchannelLogoutSessionRequired?: boolean
}

/** A provider, and its first client. */
export interface ProviderOptions extends ProviderClient {
  readonly people: readonly Person[]
  /** Further clients. */
  readonly clients?: readonly ProviderClient[]
  /** Private keys; the provider signs with the first. Default: one RSA key. */
  readonly keys?: readonly JWK[]
  /**
   * Whether every sign-in gets a refresh token, and whether that can be used just once: a second
   * use then ends the grant, as RFC 9700 wants it. Default: none.
   */
  readonly refreshTokens?: 'none' | 'reusable' | 'one-time'
  /** Lives of what it issues, in seconds. Default: an hour, and a day of refresh tokens. */
  readonly ttlSeconds?: { readonly idToken?: number; readonly refreshToken?: number }
  /** PEM texts. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Default: one that is free. */
  readonly port?: number
}

const day = 86_400

/** What is the same for all clients of the provider on that port. */
export function behaviourOf(options: ProviderOptions, port: number): Configuration {
  const { refreshTokens = 'none', ttlSeconds = {} } = options
  return {
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    conformIdTokenClaims: false,
    // A browser keeps one jar for all ports of a host, where several providers meet.
    cookies: {
      keys: ['only for tests'],
      names: {
        session: `session-${port}`,
        interaction: `interaction-${port}`,
        resume: `resume-${port}`,
      },
    },
    features: { backchannelLogout: { enabled: true }, revocation: { enabled: true } },
    fetch: fetchFromClients,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: grantAll,
    pkce: { required: () => true },
    rotateRefreshToken: refreshTokens === 'one-time',
    ttl: {
      AccessToken: 3600,
      Grant: 14 * day,
      IdToken: ttlSeconds.idToken ?? 3600,
      Interaction: 3600,
      RefreshToken: ttlSeconds.refreshToken ?? day,
      Session: 14 * day,
    },
  }
}

/** Nobody is asked for consent, as with a company's own clients; each sign-in has a grant of its own. */
async function grantAll({ oidc }: KoaContextWithOIDC) {
  const { clientId } = oidc.client ?? {}
  const { accountId } = oidc.session ?? {}
  if (clientId === undefined || accountId === undefined) return undefined
  const grant = new oidc.provider.Grant({ clientId, accountId })
  grant.addOIDCScope([...oidc.requestParamOIDCScopes])
  await grant.save()
  return grant
}

/** The one of `oidc-provider` does not go to loopback addresses, nor trust the CAs of tests. */
const fetchFromClients: NonNullable<Configuration['fetch']> = async (input, init) => {
  const request = new Request(input, init)
  const { method, headers, signal } = request
  return fetch(request.url, {
    method,
    headers: Object.fromEntries(headers),
    body: await request.text(),
    redirect: 'manual',
    signal,
    dispatcher: createTrustingAgent(),
  })
}

/** A client as the provider wants to know it. */
export function metadataOf(client: ProviderClient, { refreshTokens = 'none' }: ProviderOptions) {
  const { clientID, clientSecret, externalURL, clientKeys, backchannelLogoutURI } = client
  const { clientAuthentication = clientSecret === undefined ? 'none' : 'client_secret_basic' } =
    client
  const at = (path: string) => [externalURL].flat().map((url) => new URL(path, url).href)
  const metadata: ClientMetadata = {
    client_id: clientID,
    token_endpoint_auth_method: clientAuthentication,
    redirect_uris: at('/oauth2/callback'),
    post_logout_redirect_uris: at('/oauth2/sign_out'),
    grant_types: ['authorization_code', ...(refreshTokens === 'none' ? [] : ['refresh_token'])],
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(clientKeys !== undefined && { jwks: { keys: [...clientKeys] } }),
    ...(backchannelLogoutURI !== undefined && {
      backchannel_logout_uri: backchannelLogoutURI,
      backchannel_logout_session_required: client.backchannelLogoutSessionRequired ?? false,
    }),
  }
  return metadata
}
