import {
  allowInsecureRequests,
  authorizationCodeGrant,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  fetchUserInfo,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
  tokenRevocation,
} from 'openid-client'
import type { Issuer } from '../../authn/issuer/issuer.ts'
import type { Claims } from '../../authn/jwt/claims.ts'
import type { ProviderConfig } from '../../config/browser-types.ts'
import { clientAuthentication } from './client-authentication.ts'
import { type ExchangeFailure, explainFailure } from './exchange-failure.ts'
import { serverMetadata, unusable } from './metadata.ts'

export interface ExchangeOptions {
  /** Redirect URI and the query that the provider added to it. */
  readonly callbackURL: URL
  /** The `redirect_uri` of the authorization request, to the letter. */
  readonly redirectURI: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly signal: AbortSignal
}

/** An ID token whose `nonce`, `aud`, `iss` and times are checked, and whose signature is not. */
export interface UnprovenIDToken {
  readonly text: string
  readonly issuer: string
  readonly subject: string
  /** Its `sid`. */
  readonly providerSession: string | undefined
}

/** What a token endpoint gives. */
export interface Tokens {
  /** Only the answer to a refresh may lack one. */
  readonly idToken: UnprovenIDToken | undefined
  readonly accessToken: string
  readonly refreshToken: string | undefined
}

export type Exchange = { readonly kind: 'exchanged'; readonly tokens: Tokens } | ExchangeFailure

export type Revocation =
  | { readonly kind: 'revoked' }
  /** Its discovery document names no endpoint for it. */
  | { readonly kind: 'not-offered' }
  | ExchangeFailure

export type UserInfoAnswer = { readonly kind: 'claims'; readonly claims: Claims } | ExchangeFailure

/** The OAuth client of one provider. Throws {@link DependencyError} when it gives no answer. */
export interface Client {
  /** Trades the callback's code for tokens. */
  readonly exchange: (options: ExchangeOptions) => Promise<Exchange>
  /** Trades a refresh token for tokens; not to be given up half-way, as it may be good only once. */
  readonly refresh: (refreshToken: string) => Promise<Exchange>
  /** Ends a refresh token, which nobody uses any more ({@link https://www.rfc-editor.org/rfc/rfc7009 RFC 7009}). */
  readonly revoke: (refreshToken: string) => Promise<Revocation>
  /**
   * The UserInfo response, which is of `subject` or not believed
   * ({@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse OpenID Connect Core 1.0 §5.3.2}).
   * A signed one must be signed by a key of the issuer.
   */
  readonly userInfo: (
    accessToken: string,
    subject: string,
    signal?: AbortSignal,
  ) => Promise<UserInfoAnswer>
}

/** How long an endpoint may take when the check's own deadline allows more. */
const timeoutSeconds = 10

/** The client of `config`, which reaches the provider as its issuer is reached: same CA, same bounds. */
export function createClient(config: ProviderConfig, issuer: Issuer): Client {
  const configure = async (options: { redirectURI?: string; signal?: AbortSignal | undefined }) => {
    const metadata = await issuer.metadata()
    const { redirectURI, signal } = options
    const authenticate = clientAuthentication(config.clientAuthentication, metadata)
    const client = new Configuration(
      serverMetadata(metadata, issuer),
      config.clientID,
      {},
      (server, known, body, headers) => {
        // The library makes it of the callback's address, which is absolute; what was sent may be a path.
        if (redirectURI !== undefined) body.set('redirect_uri', redirectURI)
        return authenticate(server, known, body, headers)
      },
    )
    client.timeout = timeoutSeconds
    if (issuer.config.allowHttp) allowInsecureRequests(client)
    client[customFetch] = (url, { method, headers, body, redirect, signal: timeout }) =>
      issuer.fetch(url, {
        method,
        headers,
        body: body ?? null,
        redirect,
        signal: anyOf([signal, timeout]),
      })
    return client
  }

  return {
    exchange: async ({ callbackURL, redirectURI, state, nonce, codeVerifier, signal }) => {
      const client = await configure({ redirectURI, signal })
      try {
        const answer = await authorizationCodeGrant(client, callbackURL, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        })
        return { kind: 'exchanged', tokens: readTokens(answer) }
      } catch (error) {
        return explainFailure(error, 'token endpoint')
      }
    },
    refresh: async (refreshToken) => {
      const client = await configure({})
      try {
        const answer = await refreshTokenGrant(client, refreshToken)
        return { kind: 'exchanged', tokens: readTokens(answer) }
      } catch (error) {
        return explainFailure(error, 'token endpoint')
      }
    },
    revoke: async (refreshToken) => {
      const client = await configure({})
      if (client.serverMetadata().revocation_endpoint === undefined) return { kind: 'not-offered' }
      try {
        await tokenRevocation(client, refreshToken, { token_type_hint: 'refresh_token' })
        return { kind: 'revoked' }
      } catch (error) {
        return explainFailure(error, 'revocation endpoint')
      }
    },
    userInfo: async (accessToken, subject, signal) => {
      const client = await configure({ signal })
      if (client.serverMetadata().userinfo_endpoint === undefined) {
        throw unusable('userinfo_endpoint', issuer)
      }
      enableNonRepudiationChecks(client)
      try {
        const claims: Claims = await fetchUserInfo(client, accessToken, subject)
        return { kind: 'claims', claims }
      } catch (error) {
        return explainFailure(error, 'UserInfo endpoint')
      }
    },
  }
}

function readTokens(answer: TokenEndpointResponse & TokenEndpointResponseHelpers): Tokens {
  const claims = answer.claims()
  const { id_token: text, access_token: accessToken, refresh_token: refreshToken } = answer
  const sid = claims?.['sid']
  return {
    idToken:
      text === undefined || claims === undefined
        ? undefined
        : {
            text,
            issuer: claims.iss,
            subject: claims.sub,
            providerSession: typeof sid === 'string' ? sid : undefined,
          },
    accessToken,
    refreshToken,
  }
}

function anyOf(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined))
}
