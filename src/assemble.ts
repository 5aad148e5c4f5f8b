import { randomBytes, randomFillSync } from 'node:crypto'
import type { Logger } from 'pino'
import { type AuditLog, createAuditLog } from './audit/audit-log.ts'
import type { Authenticator } from './authn/authenticator.ts'
import {
  type Authenticators,
  createAuthenticators,
  type Explaining,
} from './authn/authenticators.ts'
import { session } from './authn/session.ts'
import { union } from './authn/union.ts'
import { type Browser, createBrowser } from './browser.ts'
import { type Checker, createChecker, type DirectChecker } from './check.ts'
import { type CheckLog, createCheckLog } from './check-log.ts'
import { createCluster } from './cluster.ts'
import type { Config } from './config/types.ts'
import { createCredentials } from './credential.ts'
import { createDecisionIds } from './decision-id.ts'
import { createGatewayPasses } from './gateway-pass/gateway-passes.ts'
import { createUpstreamHeaders } from './headers/upstream.ts'
import { createIdentityTokens } from './identity-token/signer.ts'
import type { Metrics } from './metrics.ts'
import type { CountCallTo } from './outgoing-call.ts'
import { createShells } from './pages/shell.ts'
import { type CallerGate, createCallerGate } from './serving/caller.ts'
import type { Tracing } from './tracing/tracing.ts'

/** Everything that one configuration makes; a reload makes another. */
export interface Assembly {
  readonly config: Config
  readonly checker: Checker & DirectChecker
  readonly authenticators: Authenticators
  /** Undefined without `signIn`. */
  readonly browser: Browser | undefined
  readonly acceptsCaller: CallerGate
  /** What cannot be reached, or was never fetched yet, in words; readiness names it. */
  readonly missing: () => readonly string[]
  /** Closes what `successor`, which is in force now, does not use. */
  readonly retire: (successor: Assembly) => Promise<void>
  /** Stops timers and workers, and closes connections. */
  readonly close: () => Promise<void>
}

/** What outlives a configuration. */
export interface AssembleOptions {
  readonly log: Logger
  readonly metrics: Metrics
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing
  /** Takes audit lines, with their ends: where the log goes, so that the two do not mix. */
  readonly audit: (line: string) => void
  /** The one in force until now: what did not change keeps its keys. */
  readonly previous: Assembly | undefined
  /** For `attache explain`: who listens, and another time of day. */
  readonly explaining?: Explaining & { readonly checkLog: CheckLog; readonly now: () => number }
}

/** Wires the parts of one configuration: the authenticators in their order, then the rest. */
export function assemble(
  config: Config,
  { log, metrics, tracing, audit, previous, explaining }: AssembleOptions,
): Assembly {
  const now = explaining?.now ?? Date.now
  const called: CountCallTo = (peer, result, details) => {
    metrics.called(peer, result)
    tracing?.called(peer, result, details)
  }
  const passes =
    config.gatewayPass &&
    createGatewayPasses({ config: config.gatewayPass, now, random: randomBytes })
  const authenticators = createAuthenticators(config, {
    now,
    log,
    passes,
    previous: previous?.authenticators,
    explaining,
    onCall: called,
  })
  const isOffline = explaining?.offlineKeys !== undefined
  const cluster = createCluster(config, {
    now,
    log,
    isOffline,
    onCall: (result, details) => called('kubernetes', result, details),
  })
  const browser = createBrowser(config, {
    issuers: authenticators.issuers,
    log,
    metrics,
    onCall: called,
    now,
    previous: previous?.browser,
    isReadOnly: explaining !== undefined,
    isOffline,
  })
  const authenticate: Authenticator = union({
    credentials: authenticators.credentials,
    session: browser && session({ sessions: browser.sessions, now }),
  })
  const upstreamHeaders = createUpstreamHeaders({
    config,
    withoutOwnCookies: browser?.withoutOwnCookies ?? (() => undefined),
    onOmittedGroups: ({ user }, groups) => {
      metrics.groupsOmitted(groups.length)
      log.warn({ user: user.name, groups }, 'groups left out of a list that cannot hold them')
    },
  })
  const checker = createChecker({
    policy: { config, upstreamHeaders },
    authenticate,
    authorize: cluster.authorize,
    credentialFor: createCredentials({
      cluster,
      identityTokens: identityTokensOf(config, now),
      passes,
    }),
    signIn: browser?.signIn,
    signInURL: browser?.signInURL ?? (() => undefined),
    shellFor: createShells(config.signIn),
    log:
      explaining?.checkLog ??
      createCheckLog({ log, metrics, trustedHops: config.listen.trustedHops }),
    audit: explaining === undefined ? createAudit(config, { write: audit, now }) : noAudit,
    startSpan: tracing?.startCheck,
    newId: createDecisionIds(randomFillSync),
    now,
  })
  const acceptsCaller = createCallerGate(config.listen.callerSecret)
  return {
    config,
    checker,
    authenticators,
    browser,
    acceptsCaller,
    missing: () => [
      ...authenticators.missing(),
      ...cluster.missing(),
      ...(browser?.sessions.missing() ?? []),
    ],
    retire: async (successor) => {
      const { authenticators: next } = successor
      await Promise.all([authenticators.retire(next), cluster.close(), browser?.sessions.close()])
    },
    close: async () => {
      await Promise.all([authenticators.close(), cluster.close(), browser?.sessions.close()])
    },
  }
}

function identityTokensOf({ identityToken: config }: Config, now: () => number) {
  return config && { config, tokenFor: createIdentityTokens({ config, now }) }
}

function createAudit(
  { audit: { format }, listen, kubeflow, headers }: Config,
  { write, now }: { readonly write: AssembleOptions['audit']; readonly now: () => number },
): AuditLog {
  const plainHeaders = [
    { user: kubeflow.userHeader, groups: kubeflow.groupsHeader },
    { user: headers.user, groups: headers.groups },
  ]
  return createAuditLog({ format, write, now, trustedHops: listen.trustedHops, plainHeaders })
}

/** What is explained does not happen. */
const noAudit: AuditLog = { record: () => {} }
