/** What the browser half is configured with: sign-in, its providers, sessions. See `types.ts`. */
import type { RedisAddress } from './redis-address.ts'
import type { IssuerConfig } from './types.ts'

export interface SignInConfig {
  /** Origins (`https://host[:port]`, no path) that browsers see; empty only with `relativeRedirectURI`. */
  readonly externalURLs: readonly URL[]
  /** `redirect_uri` is a path; without external URLs every host is one, but those of impersonate routes. */
  readonly relativeRedirectURI: boolean
  /** Begins with `/`, has no trailing one: `/oauth2`. */
  readonly pathPrefix: string
  /** At least one. */
  readonly providers: readonly ProviderConfig[]
  readonly logoutPaths: readonly string[]
  /** Origins besides the host's own from which a session may do unsafe things. */
  readonly allowedOrigins: readonly string[]
  /** A status, or to be signed in. */
  readonly unauthenticated: {
    readonly navigate: 'signIn' | number
    readonly api: number
    readonly other: number
  }
  /** Patterns as in routes. */
  readonly apiPaths: readonly string[]
  /** Whether providers may end sessions: OpenID Connect Back-Channel Logout 1.0, on the `pages` port. */
  readonly backChannelLogout: boolean
  readonly branding: BrandingConfig
}

/** What pages say about whose they are. */
export interface BrandingConfig {
  /** Undefined: none is shown. */
  readonly name: string | undefined
  readonly logo: Logo | undefined
}

export interface Logo {
  readonly contentType: 'image/svg+xml' | 'image/png'
  readonly bytes: Uint8Array
}

/** How the client proves itself at the token endpoint (OpenID Connect Core 1.0 §9). */
export type ClientAuthentication =
  | { readonly method: 'none' }
  /** `auto`: Basic, unless discovery names the body alone. */
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post' | 'auto'
      readonly clientSecret: string
    }
  | { readonly method: 'private_key_jwt'; readonly key: ClientKey }

/** A private key of our own, for client assertions (RFC 7523). */
export interface ClientKey {
  /** PKCS #8, PEM. */
  readonly pem: string
  /** `kid` that the provider knows it by; undefined: none is sent. */
  readonly keyID: string | undefined
}

export interface ProviderConfig {
  readonly id: string
  readonly displayName: string
  /** The entry of `authentication.jwt` whose mapping applies. */
  readonly issuer: IssuerConfig
  readonly clientID: string
  readonly clientAuthentication: ClientAuthentication
  /** Has `openid`. */
  readonly scopes: readonly string[]
  /** Where the claims come from that are mapped; those of `userinfo` join the ID token's. */
  readonly claimsFrom: 'idToken' | 'userinfo'
  /** Where the browser goes instead of the discovered address; a path is relative to externalURL. */
  readonly authorizationEndpoint: string | undefined
  /** As above; undefined: what discovery says, or none. */
  readonly endSessionEndpoint: string | undefined
}

export interface SessionConfig {
  /** At least one, 32 bytes or more each; the first seals, all open. */
  readonly keys: readonly Uint8Array[]
  readonly cookie: {
    readonly name: string
    /** Empty: host-only. */
    readonly domain: string
    readonly sameSite: 'lax' | 'strict' | 'none'
    readonly secure: boolean
    /** Of all pieces together; a session that does not fit is not made, and the page says so. */
    readonly maxBytes: number
    /** Whether the refresh token is kept in the cookie; with Redis it is kept there. */
    readonly refresh: boolean
  }
  readonly absoluteLifetimeMs: number
  /** Undefined: a session may lie unused until its absolute end. */
  readonly idleLifetimeMs: number | undefined
  /** How long an identity counts before the provider is asked again; needs a refresh token. */
  readonly refreshAfterMs: number
  /** Undefined: in the browser's cookies. */
  readonly redis: RedisConfig | undefined
}

/** Where a Redis is. */
export interface RedisConfig {
  readonly address: RedisAddress
  /** PEM; undefined: the system's roots. */
  readonly certificateAuthority: string | undefined
  /** Shown to a Redis that wants one (`tls-auth-clients`), PEM; undefined: none is. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined
}
