import type { Logger } from 'pino'
import type { KubernetesConfig } from '../../config/types.ts'
import { DependencyError } from '../../errors.ts'
import { parseObject } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { parseJwks } from '../issuer/jwks.ts'
import { createKeySet, type KeySet } from '../issuer/key-set.ts'
import { algorithms, parseJws } from '../jwt/jws.ts'
import { findKey, readUnverified } from '../jwt/prove-jwt.ts'
import { stringOrList } from '../jwt/registered-claims.ts'
import { type Schedule, schedule } from '../schedule.ts'

/** The issuer of a cluster's ServiceAccount tokens: the API server itself. */
export interface ServiceAccountIssuer {
  readonly config: KubernetesConfig
  readonly keySet: KeySet
  /** What its tokens say about it; undefined until the API server was reached once. */
  readonly facts: () => IssuerFacts | undefined
  /** Stops fetching; requests that are under way come to their end. */
  readonly close: () => Promise<void>
}

export interface IssuerFacts {
  /** Each `iss` that the API server puts into tokens, or has. */
  readonly issuers: ReadonlySet<string>
  /** What it takes for tokens that are meant for itself. */
  readonly audiences: readonly string[]
  /**
   * False when the key of Attaché's own token, which the API server takes, is not among those that it
   * publishes, so that it takes tokens that nobody else can verify. Amazon EKS is known for that.
   */
  readonly publishesAllKeys: boolean
}

export interface ServiceAccountIssuerOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds for one exchange with the API server. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** Default: real timers. */
  readonly schedule?: Schedule | undefined
  /** Told about each request to the API server. */
  readonly onCall?: CountCall | undefined
}

/** What helps where the keys of a cluster cannot be had. */
export const useTokenReview = 'set "serviceAccounts.validation" to "tokenReview"'

const common = {
  permission: 'ClusterRole "system:service-account-issuer-discovery"',
  // One without an https issuer, or of a distribution that does not serve it, as RKE1.
  ifAbsent: `it publishes neither issuer nor keys, so ${useTokenReview}`,
}
const discovery = { purpose: 'find the issuer of ServiceAccount tokens', ...common }
const keys = { purpose: 'fetch the keys of ServiceAccount tokens', ...common }

/**
 * Finds issuer, keys and audiences with no setting at all, from the API server and Attaché's own token.
 * The keys come from the API server too, whatever host `jwks_uri` names: that one is for parties outside
 * the cluster, and to follow it would be to trust another server. Fetching starts at once and
 * repeats until it succeeds, so that Attaché and the API server start in any order.
 */
export function createServiceAccountIssuer(
  config: KubernetesConfig,
  options: ServiceAccountIssuerOptions,
): ServiceAccountIssuer {
  const { now, log, timeoutMs, onCall } = options
  const client = createKubernetesClient(config, {
    now,
    log,
    onCall,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  let facts: IssuerFacts | undefined

  const keySet = createKeySet({
    issuer: `ServiceAccounts of ${config.server.origin}`,
    load: async () => {
      const found = await findFacts(client)
      const text = await client.get('/openid/v1/jwks', keys)
      const publishesAllKeys = await isSignedByOneOf(text, found.ownToken)
      if (!publishesAllKeys && facts?.publishesAllKeys !== false) {
        log.error({ server: config.server.origin }, incompleteKeys)
      }
      facts = { ...found, publishesAllKeys }
      return text
    },
    now,
    schedule: options.schedule ?? schedule,
    log,
  })

  return {
    config,
    keySet,
    facts: () => facts,
    close: async () => {
      keySet.close()
      await client.close()
    },
  }
}

/** Why not every token of the cluster can be verified here, and what to do about it. */
export const incompleteKeys = `the API server does not publish all keys of ServiceAccount tokens: ${useTokenReview}`

interface FoundFacts extends Omit<IssuerFacts, 'publishesAllKeys'> {
  /** Undefined for one that is not bound. */
  readonly ownToken: string | undefined
}

/**
 * Attaché's own token is a projected one: the kubelet asked for it, either for the API server's own
 * audiences or for a single one, and the API server takes it. So what it says is what the API
 * server says. An issuer that it names besides the one of today is one of yesterday, which the API
 * server still accepts.
 */
async function findFacts(client: KubernetesClient): Promise<FoundFacts> {
  const text = await client.get('/.well-known/openid-configuration', discovery)
  const issuer = parseObject(text)?.value['issuer']
  if (typeof issuer !== 'string' || issuer === '') {
    const state = 'the discovery document of the API server names none'
    throw new DependencyError('kubernetes', `Cannot ${discovery.purpose}: ${state}`)
  }
  const token = await client.token()
  const own = readOwnToken(token)
  return {
    issuers: new Set([issuer, ...(own === undefined ? [] : [own.issuer])]),
    // kube-apiserver's default for its audiences.
    audiences: own?.audiences ?? [issuer],
    ownToken: own && token,
  }
}

/** Also true where nothing can be said: of no token, or of keys that do not parse, which are told elsewhere. */
async function isSignedByOneOf(jwks: string, token: string | undefined): Promise<boolean> {
  const parsed = parseJwks(jwks)
  const jwt = token === undefined ? undefined : readUnverified(token)
  if (jwt === undefined || typeof parsed === 'string') return true
  const jws = parseJws(jwt.jws, { algorithms })
  if (jws.kind === 'rejected') return false
  const published = { keys: async () => parsed, refetch: async () => false }
  return (await findKey(jws, published)) !== undefined
}

/** What Attaché's own token says of its issuer; undefined for one that is not bound, such as a Secret's. */
export function readOwnToken(
  token: string,
): { readonly issuer: string; readonly audiences: readonly string[] } | undefined {
  const jwt = readUnverified(token)
  if (jwt === undefined || jwt.issuer === '') return undefined
  const { value } = jwt.claims
  const audiences = stringOrList(value['aud'])?.filter((audience) => audience !== '') ?? []
  if (!isRecord(value['kubernetes.io']) || audiences.length === 0) return undefined
  return { issuer: jwt.issuer, audiences }
}
