import type { IssuerConfig } from '../config/types.ts'
import type { TokenAuthenticator } from './authenticator.ts'

/** The members of a discovery document that Attaché reads (OpenID Connect Discovery 1.0 §3). */
export interface IssuerMetadata {
  readonly issuer: string
  readonly jwks_uri: string
  readonly [member: string]: unknown
}

/** One trusted issuer: where its keys and endpoints are, and how it is reached. */
export interface Issuer {
  readonly config: IssuerConfig
  /** The discovery document, fetched once and kept; {@link DependencyError} while there is none. */
  readonly metadata: () => Promise<IssuerMetadata>
  /** Requests to this issuer: its CA, bounded time and size, no redirect to another origin. */
  readonly fetch: typeof fetch
}

/** All trusted issuers. */
export interface Issuers {
  /** Steps aside (`no-credential`) for a token whose unverified `iss` is none of these. */
  readonly authenticateToken: TokenAuthenticator
  readonly get: (url: string) => Issuer | undefined
  /** URLs of the issuers whose keys were never fetched yet; readiness names them. */
  readonly missing: () => readonly string[]
  /** Stops timers and closes connections. */
  readonly close: () => Promise<void>
}
