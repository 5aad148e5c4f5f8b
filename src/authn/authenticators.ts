import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { answerOr } from '../awaitable.ts'
import type { Config } from '../config/types.ts'
import { DependencyError } from '../errors.ts'
import type { GatewayPasses } from '../gateway-pass/gateway-passes.ts'
import type { CountCallTo } from '../outgoing-call.ts'
import type { Trace } from '../trace.ts'
import type { Authenticator } from './authenticator.ts'
import { bearer } from './bearer.ts'
import { clientCertificate } from './certificate/client-certificate.ts'
import { frontProxy } from './certificate/front-proxy.ts'
import { gatewayPass } from './gateway-pass.ts'
import { createIssuers, type ReloadableIssuers } from './issuer/issuers.ts'
import { basic } from './password/basic.ts'
import { createServiceAccounts, type ServiceAccounts } from './service-account/service-accounts.ts'
import { tokenChain } from './token-chain.ts'
import { webSocketBearer } from './websocket-bearer.ts'

/** Everything that one configuration believes about credentials. */
export interface Authenticators {
  /** Of the request itself, in the order of the contract. */
  readonly credentials: readonly Authenticator[]
  readonly issuers: ReloadableIssuers
  readonly serviceAccounts: ServiceAccounts
  /** What was never fetched yet, in words; readiness names it. */
  readonly missing: () => readonly string[]
  /** Closes what `successor`, which is in force now, does not use. */
  readonly retire: (successor: Authenticators) => Promise<void>
  /** Stops timers and workers, and closes connections. */
  readonly close: () => Promise<void>
}

export interface AuthenticatorsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** Undefined where no route hands them out. */
  readonly passes: GatewayPasses | undefined
  /** Those before a reload: what did not change keeps its keys. */
  readonly previous: Authenticators | undefined
  readonly explaining: Explaining | undefined
  /** Told about each request to an issuer, or to `kubernetes`. */
  readonly onCall?: CountCallTo | undefined
}

/** What is different for `attache explain`. */
export interface Explaining {
  readonly trace: Trace
  /** Key sets by issuer; with it nothing is fetched, and nobody is asked. */
  readonly offlineKeys: ReadonlyMap<string, string> | undefined
}

/** Front proxy, client certificate, then `Authorization`: as in kube-apiserver, and Basic after it. */
export function createAuthenticators(
  config: Config,
  { now, log, passes, previous, explaining, onCall }: AuthenticatorsOptions,
): Authenticators {
  const isOffline = explaining?.offlineKeys !== undefined
  const issuers = createIssuers(config.issuers, {
    now,
    log,
    previous: previous?.issuers,
    trace: explaining?.trace,
    offlineKeys: explaining?.offlineKeys,
    onCall,
  })
  const serviceAccounts = createServiceAccounts(isOffline ? withoutCluster(config) : config, {
    now,
    log,
    previous: previous?.serviceAccounts,
    onCall: (result, details) => onCall?.('kubernetes', result, details),
  })
  const passwords =
    config.basic &&
    basic(config.basic, { now, random: randomBytes, trustedHops: config.listen.trustedHops })
  const chain = tokenChain({
    issuers,
    serviceAccounts,
    ownIssuer: config.identityToken?.issuer,
    now,
    log,
  })
  const tokens = isOffline ? undecidableCluster(config, chain) : chain
  const named: readonly (readonly [name: string, authenticate: Authenticator | undefined])[] = [
    ['front proxy', config.frontProxy && frontProxy(config.frontProxy, { now })],
    [
      'certificate',
      config.clientCertificates && clientCertificate(config.clientCertificates, { now }),
    ],
    ['bearer token', bearer(tokens)],
    ['gateway pass', passes && gatewayPass({ passes, now })],
    ['password', passwords?.authenticate],
    ['WebSocket subprotocol', webSocketBearer(tokens)],
  ]
  return {
    credentials: named.flatMap(([name, authenticate]) => {
      if (authenticate === undefined) return []
      return [explaining === undefined ? authenticate : told(name, authenticate, explaining.trace)]
    }),
    issuers,
    serviceAccounts,
    missing: () => [
      ...issuers.missing().map((url) => `keys of "${url}"`),
      ...serviceAccounts.missing(),
    ],
    retire: async (successor) => {
      passwords?.close()
      await Promise.all([
        issuers.retire(successor.issuers),
        serviceAccounts.retire(successor.serviceAccounts),
      ])
    },
    close: async () => {
      passwords?.close()
      await Promise.all([issuers.close(), serviceAccounts.close()])
    },
  }
}

function withoutCluster(config: Config): Config {
  return { ...config, serviceAccounts: { ...config.serviceAccounts, validation: 'off' } }
}

/** Offline nobody can say what the cluster would say of a token that no issuer claims. */
function undecidableCluster(
  { serviceAccounts }: Config,
  chain: ReturnType<typeof tokenChain>,
): ReturnType<typeof tokenChain> {
  if (serviceAccounts.validation === 'off') return chain
  return async (token) => {
    const outcome = await chain(token)
    if (outcome.kind !== 'no-credential') return outcome
    throw new DependencyError('kubernetes', 'Cannot ask the cluster about the token: --offline')
  }
}

/** As `authenticate`, and says what came of it, also that it cannot be said. */
function told(name: string, authenticate: Authenticator, trace: Trace): Authenticator {
  return async (input) => {
    const outcome = await answerOr(
      () => authenticate(input),
      (error) => {
        if (error instanceof DependencyError) trace(name, `cannot be judged: ${error.message}`)
        throw error
      },
    )
    trace(name, outcome.kind === 'rejected' ? `refused: ${outcome.detail}` : words[outcome.kind])
    return outcome
  }
}

const words = { 'no-credential': 'none that is known', authenticated: 'good' } as const
