import type { IssuerConfig } from '../../config/types.ts'
import { DependencyError } from '../../errors.ts'
import { decodeUtf8 } from '../../json/go-json.ts'
import type { Rejected } from '../authenticator.ts'
import { proveJwt, readUnverified } from '../jwt/prove-jwt.ts'
import { rejected } from '../rejected.ts'
import type { ClaimSource } from './distributed-claims.ts'
import type { KeySet } from './key-set.ts'

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

/** Claims that are fetched for one entry at a time; each holds a connection to wherever tokens say. */
const maxUnderway = 32

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
  const issuers = createSourceIssuers(options)
  let underway = 0

  async function fetchOne(source: ClaimSource, claim: string): Promise<FetchedClaim | Rejected> {
    const jwt = readUnverified(await fetchJwt(source, options))
    if (jwt === undefined || !URL.canParse(jwt.issuer)) {
      return rejected('credential-invalid', `the source of claim "${claim}" answers no JWT`)
    }
    const proven = await issuers.using(jwt.issuer, async ({ keySet }) =>
      proveJwt(jwt, { config, keySet, now }),
    )
    if (proven.kind === 'rejected') {
      return rejected(proven.reason, `the JWT with claim "${claim}": ${proven.detail}`)
    }
    const { value } = jwt.claims
    if (Object.hasOwn(value, claim)) return { kind: 'claim', value: value[claim] }
    return rejected('credential-invalid', `the source of claim "${claim}" answers without it`)
  }

  return {
    fetchClaim: async (source, claim) => {
      if (underway >= maxUnderway) throw unavailable(config, 'too many are fetched already')
      underway += 1
      try {
        return await fetchOne(source, claim)
      } finally {
        underway -= 1
      }
    },
    close: issuers.close,
  }
}

interface SourceIssuers {
  /** Does something with the issuer of that URL, which stays open meanwhile. */
  readonly using: <T>(url: string, use: (issuer: SourceIssuer) => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

/** Keeps the issuers that were used last; nobody's token closes one that another's is using. */
function createSourceIssuers({ config, openIssuer }: ClaimFetcherOptions): SourceIssuers {
  const known = new Map<string, { readonly issuer: SourceIssuer; users: number }>()

  function makeRoom(): void {
    if (known.size < maxIssuers) return
    const idle = [...known].find(([, { users }]) => users === 0)
    if (idle === undefined) throw unavailable(config, 'too many issuers are asked already')
    known.delete(idle[0])
    void idle[1].issuer.close()
  }

  return {
    using: async (url, use) => {
      const before = known.get(url)
      if (before === undefined) makeRoom()
      const entry = before ?? { issuer: openIssuer(url), users: 0 }
      // Whoever was asked last stands last.
      known.delete(url)
      known.set(url, entry)
      entry.users += 1
      try {
        return await use(entry.issuer)
      } finally {
        entry.users -= 1
      }
    },
    close: async () => {
      const open = [...known.values()]
      known.clear()
      await Promise.all(open.map(({ issuer }) => issuer.close()))
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
