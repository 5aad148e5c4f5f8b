import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from '../../config/types.ts'
import { firstAnswer } from '../../first-answer.ts'
import { createKubernetesClient } from '../../kubernetes/client.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { noCredential } from '../authenticator.ts'
import { type Schedule, schedule as timers } from '../schedule.ts'
import type { TokenVerifier } from '../token-union.ts'
import {
  createServiceAccountIssuer,
  incompleteKeys,
  readOwnToken,
  type ServiceAccountIssuer,
} from './issuer.ts'
import { serviceAccountJwt } from './jwt.ts'
import { reviewOnce, tokenReview } from './token-review.ts'

/** Whoever the cluster itself vouches for: the section `serviceAccounts`. */
export interface ServiceAccounts {
  /**
   * With `jwks` it steps aside for what is no token of the cluster; with `tokenReview` it claims every
   * token, hence comes last; with `off` it always steps aside.
   */
  readonly verifyToken: TokenVerifier
  /** Each `iss` of the cluster's own tokens, as far as it is known by now. */
  readonly issuers: () => ReadonlySet<string>
  /** What was never had yet, or cannot be had, in words; readiness names it. */
  readonly missing: () => readonly string[]
  /** Closes what `successor`, which is in force now, does not use. */
  readonly retire: (successor: ServiceAccounts) => Promise<void>
  /** Stops timers and closes connections. */
  readonly close: () => Promise<void>
  /** With `jwks` alone, for a successor. */
  readonly issuer: ServiceAccountIssuer | undefined
}

export interface ServiceAccountsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds for one exchange with the API server. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** Default: real timers. */
  readonly schedule?: Schedule | undefined
  /** Those before a reload: the keys of the same API server stay, also while it is away. */
  readonly previous?: ServiceAccounts | undefined
  /** Told about each request to the API server. */
  readonly onCall?: CountCall | undefined
}

type Settings = Pick<Config, 'kubernetes' | 'serviceAccounts'>

/** The authenticator that the section asks for. What was answered before a reload is asked again after it. */
export function createServiceAccounts(
  config: Settings,
  options: ServiceAccountsOptions,
): ServiceAccounts {
  switch (config.serviceAccounts.validation) {
    case 'off':
      return off
    case 'tokenReview':
      return reviewed(config, options)
    case 'jwks':
      return verified(config, options)
  }
}

/** Between looks at Attaché's own token, whose issuer may change; before its file is there. Unit: milliseconds. */
const lookAgainMs = { known: 60_000, unknown: 5_000 } as const

const nobody: ReadonlySet<string> = new Set()

const off: ServiceAccounts = {
  verifyToken: async () => noCredential,
  issuers: () => nobody,
  missing: () => [],
  retire: async () => {},
  close: async () => {},
  issuer: undefined,
}

function reviewed(
  { kubernetes, serviceAccounts: { audiences } }: Settings,
  { now, log, timeoutMs, schedule = timers, onCall }: ServiceAccountsOptions,
): ServiceAccounts {
  const client = createKubernetesClient(kubernetes, {
    now,
    log,
    onCall,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  let issuers = nobody
  let cancel: (() => void) | undefined
  let isClosed = false
  /** The issuer of our own token is the cluster's. Its file may come late. */
  const look = async () => {
    const own = await client.token().then(readOwnToken, () => undefined)
    if (own !== undefined && !issuers.has(own.issuer)) issuers = new Set([own.issuer])
    if (isClosed) return
    const waitMs = issuers === nobody ? lookAgainMs.unknown : lookAgainMs.known
    cancel = schedule(waitMs, () => void look())
  }
  void look()
  const reviews = firstAnswer({
    name: `reviews of tokens by the API server at "${kubernetes.server.origin}"`,
    ask: async () => reviewOnce(client),
    schedule,
    log,
  })
  const close = async () => {
    isClosed = true
    cancel?.()
    reviews.close()
    await client.close()
  }
  return {
    verifyToken: tokenReview({ client, audiences, now }),
    issuers: () => issuers,
    missing: reviews.missing,
    retire: close,
    close,
    issuer: undefined,
  }
}

function verified(
  { kubernetes, serviceAccounts: { audiences } }: Settings,
  options: ServiceAccountsOptions,
): ServiceAccounts {
  const before = options.previous?.issuer
  const issuer =
    before !== undefined && isDeepStrictEqual(before.config, kubernetes)
      ? before
      : createServiceAccountIssuer(kubernetes, options)
  const { now } = options
  return {
    verifyToken: serviceAccountJwt({ issuer, audiences, now }),
    issuers: () => issuer.facts()?.issuers ?? nobody,
    missing: () => missingKeys(issuer),
    retire: async (successor) => {
      if (successor.issuer !== issuer) await issuer.close()
    },
    close: issuer.close,
    issuer,
  }
}

function missingKeys({ config, keySet, facts }: ServiceAccountIssuer): readonly string[] {
  const name = `keys of the cluster at "${config.server.origin}"`
  if (keySet.isMissing()) return [name]
  return facts()?.publishesAllKeys === false ? [`${name}: ${incompleteKeys}`] : []
}
