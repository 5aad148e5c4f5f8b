import type { IssuerConfig } from '../config/types.ts'
import { DependencyError } from '../errors.ts'
import type { Rejected } from './authenticator.ts'
import type { ClaimSource } from './distributed-claims.ts'
import { decodeUtf8 } from './go-json.ts'
import type { KeySet } from './key-set.ts'
import { proveJwt, readUnverified } from './prove-jwt.ts'
import { rejected } from './rejected.ts'

/** A claim that was fetched, as JSON. */
export interface FetchedClaim {
  readonly kind: 'claim'
  readonly value: unknown
}

/** Fetches one claim of a verified token from where the token says that it stands. */
export type ClaimFetcher = (source: ClaimSource, claim: string) => Promise<FetchedClaim | Rejected>

/** The keys of whoever signs what a source answers, and how to stop fetching them. */
export interface SourceIssuer {
  readonly keySet: KeySet
  readonly close: () => Promise<void>
}

export interface ClaimFetcherOptions {
  readonly config: IssuerConfig
  /** Requests with the CA of the entry. */
  readonly fetch: typeof fetch
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Starts to fetch the keys of an issuer that a source's answer names. */
  readonly openIssuer: (url: string) => SourceIssuer
}

/** Issuers of sources that one entry knows at a time; each fetches its keys again and again. */
const maxIssuers = 16

/**
 * Fetches as kube-apiserver does: the answer is a JWT, for the same audiences, of whatever issuer
 * publishes its keys under the entry's CA. Where that one is not known yet, kube-apiserver refuses the
 * first token and takes the next; here the first one waits.
 */
export function createClaimFetcher(options: ClaimFetcherOptions): {
  readonly fetchClaim: ClaimFetcher
  readonly close: () => Promise<void>
} {
  const { config, now } = options
  const issuers = new Map<string, SourceIssuer>()

  function issuerOf(url: string): SourceIssuer {
    const issuer = issuers.get(url) ?? options.openIssuer(url)
    // Whoever was asked last stands last.
    issuers.delete(url)
    issuers.set(url, issuer)
    const [oldest] = issuers
    if (issuers.size > maxIssuers && oldest !== undefined) {
      issuers.delete(oldest[0])
      void oldest[1].close()
    }
    return issuer
  }

  return {
    fetchClaim: async (source, claim) => {
      const jwt = readUnverified(await fetchJwt(source, options))
      if (jwt === undefined || !URL.canParse(jwt.issuer)) {
        return rejected('credential-invalid', `the source of claim "${claim}" answers no JWT`)
      }
      const { keySet } = issuerOf(jwt.issuer)
      const proven = await proveJwt(jwt, { config, keySet, now })
      if (proven.kind === 'rejected') {
        return rejected(proven.reason, `the JWT with claim "${claim}": ${proven.detail}`)
      }
      const { value } = jwt.claims
      if (Object.hasOwn(value, claim)) return { kind: 'claim', value: value[claim] }
      return rejected('credential-invalid', `the source of claim "${claim}" answers without it`)
    },
    close: async () => {
      const open = [...issuers.values()]
      issuers.clear()
      await Promise.all(open.map((issuer) => issuer.close()))
    },
  }
}

/** Never says the address, which may hold a secret, nor the token. */
async function fetchJwt(
  { endpoint, accessToken }: ClaimSource,
  { config, fetch: fetchIt }: ClaimFetcherOptions,
): Promise<string> {
  const headers = accessToken === '' ? {} : { authorization: `Bearer ${accessToken}` }
  let response: Response
  try {
    response = await fetchIt(endpoint, { headers })
  } catch (cause) {
    throw unavailable(config, 'no usable answer', cause)
  }
  if (response.status < 200 || response.status > 226) {
    throw unavailable(config, `status ${response.status}`)
  }
  return decodeUtf8(Buffer.from(await response.arrayBuffer()))
}

function unavailable({ url }: IssuerConfig, why: string, cause?: unknown): DependencyError {
  const message = `Cannot fetch the groups of a token of "${url}" from their source: ${why}`
  return new DependencyError('issuer', message, { cause })
}
