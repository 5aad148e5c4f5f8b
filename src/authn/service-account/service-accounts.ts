import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from '../../config/types.ts'
import { createKubernetesClient } from '../../kubernetes/client.ts'
import type { CountCall } from '../../outgoing-call.ts'
import { noCredential } from '../authenticator.ts'
import { type Schedule, schedule as timers } from '../schedule.ts'
import type { TokenVerifier } from '../token-union.ts'
import { createServiceAccountIssuer, readOwnToken, type ServiceAccountIssuer } from './issuer.ts'
import { serviceAccountJwt } from './jwt.ts'
import { tokenReview } from './token-review.ts'

/** Whoever the cluster itself vouches for: the section `serviceAccounts`. */
export interface ServiceAccounts {
  /**
   * With `jwks` it steps aside for what is no token of the cluster; with `tokenReview` it claims every
   * token, hence comes last; with `off` it always steps aside.
   */
  readonly verifyToken: TokenVerifier
  /** Each `iss` of the cluster's own tokens, as far as it is known by now. */
  readonly issuers: () => ReadonlySet<string>
  /** What was never fetched yet; readiness names it. */
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

/** Between looks for a token file that is not there yet. Unit: milliseconds. */
const lookAgainMs = 10_000

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
  /** The issuer of our own token is the cluster's. Its file may come late. */
  const look = async () => {
    const own = readOwnToken(await client.token())
    if (own !== undefined) issuers = new Set([own.issuer])
  }
  const keepLooking = () => {
    look().catch(() => (cancel = schedule(lookAgainMs, keepLooking)))
  }
  keepLooking()
  const close = async () => {
    cancel?.()
    await client.close()
  }
  return {
    verifyToken: tokenReview({ client, audiences, now }),
    issuers: () => issuers,
    missing: () => [],
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
    missing: () => (issuer.keySet.isMissing() ? [kubernetes.server.origin] : []),
    retire: async (successor) => {
      if (successor.issuer !== issuer) await issuer.close()
    },
    close: issuer.close,
    issuer,
  }
}
