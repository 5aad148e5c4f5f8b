import type { Logger } from 'pino'
import type { IssuerConfig } from '../../config/types.ts'
import { DependencyError } from '../../errors.ts'
import type { CountCall } from '../../outgoing-call.ts'
import type { Trace } from '../../trace.ts'
import { type Schedule, schedule } from '../schedule.ts'
import type { TokenVerifier } from '../token-union.ts'
import { type ClaimFetcher, createClaimFetcher } from './claim-fetcher.ts'
import { discover, fetchText } from './discovery.ts'
import { createIssuerFetch } from './issuer-fetch.ts'
import { createKeySet, type KeySet } from './key-set.ts'

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
  /** Requests to this issuer: its CA, bounded time and size, no redirect to a private address elsewhere. */
  readonly fetch: typeof fetch
}

/** All trusted issuers. */
export interface Issuers {
  /** Steps aside (`no-credential`) for a token whose unverified `iss` is none of these; remembers nothing. */
  readonly verifyToken: TokenVerifier
  readonly get: (url: string) => Issuer | undefined
  /** URLs of the issuers whose keys were never fetched yet; readiness names them. */
  readonly missing: () => readonly string[]
  /** Stops timers and closes connections. */
  readonly close: () => Promise<void>
}

/** An issuer with what only `authn/` needs of it. */
export interface TrustedIssuer extends Issuer {
  readonly keySet: KeySet
  readonly fetchClaim: ClaimFetcher
  /** Stops fetching; requests that are under way come to their end. */
  readonly close: () => Promise<void>
}

export interface IssuerOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds for one exchange with the issuer. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** Key sets by issuer; with it nothing is fetched, and an issuer that is not in it has no keys. */
  readonly offlineKeys?: ReadonlyMap<string, string> | undefined
  /** Listens to `attache explain`. */
  readonly trace?: Trace | undefined
  /** Told about each request to this issuer. */
  readonly onCall?: CountCall | undefined
  /** Default: real timers. */
  readonly schedule?: Schedule | undefined
}

/**
 * Starts to fetch discovery and keys at once and does not wait for them, so that Attaché and its issuers
 * start in any order. Discovery is repeated only after a key set could not be fetched.
 */
export function createIssuer(config: IssuerConfig, options: IssuerOptions): TrustedIssuer {
  const { certificateAuthority, allowHttp } = config
  const client = createIssuerFetch({
    certificateAuthority,
    allowHttp,
    onCall: options.onCall,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  })
  let metadata: IssuerMetadata | undefined
  let isStale = true

  async function load(): Promise<string> {
    if (options.offlineKeys !== undefined) return offlineKeysOf(config, options.offlineKeys)
    const known = metadata
    const document = known === undefined || isStale ? await discover(config, client.fetch) : known
    metadata = document
    isStale = true
    const text = await fetchText(document.jwks_uri, client.fetch)
    isStale = false
    return text
  }

  const keySet = createKeySet({
    issuer: config.url,
    load,
    now: options.now,
    schedule: options.schedule ?? schedule,
    log: options.log,
  })

  const claimFetcher = createClaimFetcher({
    config,
    fetch: client.fetch,
    now: options.now,
    // Its discovery document stands where the JWT's own `iss` says.
    openIssuer: (url) => createIssuer({ ...config, url, discoveryURL: undefined }, options),
  })

  return {
    config,
    keySet,
    fetchClaim: options.offlineKeys === undefined ? claimFetcher.fetchClaim : fetchNothing,
    fetch: client.fetch,
    metadata: async () => {
      if (metadata === undefined) await keySet.settled()
      if (metadata !== undefined) return metadata
      throw new DependencyError('issuer', `Cannot use issuer "${config.url}": discovery has failed`)
    },
    close: async () => {
      keySet.close()
      await claimFetcher.close()
      await client.close()
    },
  }
}

function offlineKeysOf({ url }: IssuerConfig, keys: ReadonlyMap<string, string>): string {
  const text = keys.get(url)
  if (text === undefined) throw new Error(`Cannot fetch keys offline: add --jwks ${url}=FILE`)
  return text
}

async function fetchNothing(): Promise<never> {
  throw new DependencyError('issuer', 'Cannot fetch groups that stand elsewhere: --offline')
}
