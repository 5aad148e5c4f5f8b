import { randomBytes, randomFillSync } from 'node:crypto'
import type { Logger } from 'pino'
import { type AuditLog, createAuditLog } from './audit/audit-log.ts'
import type { Authenticator } from './authn/authenticator.ts'
import {
  type Authenticators,
  createAuthenticators,
  type Explaining,
} from './authn/authenticators.ts'
import type { Issuers } from './authn/issuer.ts'
import { session } from './authn/session.ts'
import { union } from './authn/union.ts'
import { type Checker, createChecker } from './check.ts'
import { type CheckLog, createCheckLog } from './check-log.ts'
import { createCluster } from './cluster.ts'
import type { Config } from './config/types.ts'
import { createDecisionIds } from './decision-id.ts'
import { DependencyError } from './errors.ts'
import { createUpstreamHeaders } from './headers/upstream.ts'
import type { Metrics } from './metrics.ts'
import { endpointPath } from './oidc/endpoints.ts'
import { externalURLOf } from './oidc/external-url.ts'
import { createSignIn, type SignIn } from './oidc/sign-in.ts'
import { type CallerGate, createCallerGate } from './serving/caller.ts'
import { createCookieStore } from './session/cookie.ts'
import { createCookieReader } from './session/cookie-header.ts'
import { createCookieMemory } from './session/cookie-memory.ts'
import { createSessions } from './session/keeper.ts'
import type { Sessions } from './session/sessions.ts'

/** Everything that one configuration makes; a reload makes another. */
export interface Assembly {
  readonly config: Config
  readonly checker: Checker
  readonly authenticators: Authenticators
  readonly acceptsCaller: CallerGate
  /** Closes what `successor`, which is in force now, does not use. */
  readonly retire: (successor: Assembly) => Promise<void>
  /** Stops timers and workers, and closes connections. */
  readonly close: () => Promise<void>
}

/** What outlives a configuration. */
export interface AssembleOptions {
  readonly log: Logger
  readonly metrics: Metrics
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
  { log, metrics, audit, previous, explaining }: AssembleOptions,
): Assembly {
  const now = explaining?.now ?? Date.now
  const authenticators = createAuthenticators(config, {
    now,
    log,
    previous: previous?.authenticators,
    explaining,
    onCall: metrics.called,
  })
  const isOffline = explaining?.offlineKeys !== undefined
  const cluster = createCluster(config, {
    now,
    log,
    isOffline,
    onCall: (result) => metrics.called('kubernetes', result),
  })
  const browser = assembleBrowser(config, { issuers: authenticators.issuers, now })
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
    credentialFor: cluster.credentialFor,
    signIn: browser?.signIn,
    signInURL: browser?.signInURL ?? (() => undefined),
    log:
      explaining?.checkLog ??
      createCheckLog({ log, metrics, trustedHops: config.listen.trustedHops }),
    audit: explaining === undefined ? createAudit(config, { write: audit, now }) : noAudit,
    newId: createDecisionIds(randomFillSync),
    now,
  })
  const acceptsCaller = createCallerGate(config.listen.callerSecret)
  return {
    config,
    checker,
    authenticators,
    acceptsCaller,
    retire: async (successor) => {
      await Promise.all([authenticators.retire(successor.authenticators), cluster.close()])
    },
    close: async () => {
      await Promise.all([authenticators.close(), cluster.close()])
    },
  }
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

interface Browser {
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly signInURL: (host: string) => string | undefined
  readonly withoutOwnCookies: (cookieHeader: string) => string | undefined
}

function assembleBrowser(
  config: Config,
  { issuers, now }: { readonly issuers: Issuers; readonly now: () => number },
): Browser | undefined {
  const { signIn, session: sessionConfig } = config
  if (signIn === undefined || sessionConfig === undefined) return undefined
  const random = randomBytes
  const memory = createCookieMemory()
  const sessions = createSessions({
    store: createCookieStore({ config: sessionConfig, random, now, memory }),
    refresh: async () => {
      throw new DependencyError('provider', 'Cannot refresh a session: no provider can be asked')
    },
    config: sessionConfig,
    providers: signIn.providers,
    keepIDToken: sendsIDToken(config),
    now,
    random,
    listener: { refreshed: () => {} },
  })
  const findExternalURL = externalURLOf(signIn.externalURLs)
  return {
    sessions,
    signIn: createSignIn({ config: signIn, session: sessionConfig, issuers, sessions, random }),
    signInURL: (host) => {
      const url = findExternalURL(host)
      return url && new URL(endpointPath(signIn, 'sign_in'), url).href
    },
    withoutOwnCookies: createCookieReader(sessionConfig.cookie.name).strip,
  }
}

/** A session's ID token is kept only where some route sends it on. */
function sendsIDToken({ routes, headers }: Config): boolean {
  return routes.some(
    ({ identity, authorization }) =>
      authorization === 'token' || (identity === 'headers' && headers.idToken !== undefined),
  )
}
