/** Wires the browser half of one configuration: sessions, sign-in, and what providers may end. */
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { ReloadableIssuers } from './authn/issuer/issuers.ts'
import { schedule } from './authn/schedule.ts'
import type { SessionConfig } from './config/browser-types.ts'
import { sendsIDToken } from './config/sends-id-token.ts'
import type { Config } from './config/types.ts'
import { DependencyError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { type BackChannelLogout, createBackChannelLogout } from './oidc/back-channel-logout.ts'
import { createExternalURLs } from './oidc/external-url.ts'
import { createProviders } from './oidc/provider/provider.ts'
import { createRefresh } from './oidc/refresh.ts'
import { createSignIn, type SignIn } from './oidc/sign-in.ts'
import type { CountCallTo } from './outgoing-call.ts'
import { pooledRandom } from './pooled-random.ts'
import { backChannelLogoutPath, endpointPath } from './routes/endpoints.ts'
import { createCookieStore } from './session/cookie.ts'
import { createCookieReader } from './session/cookie-header.ts'
import { type CookieMemory, createCookieMemory } from './session/cookie-memory.ts'
import { createSessions } from './session/create-sessions.ts'
import { createRedisStore } from './session/redis/store.ts'
import type { SessionListener, Sessions } from './session/sessions.ts'
import type { SessionStore } from './session/store.ts'

/** What browsers meet. */
export interface Browser {
  readonly sessions: Sessions
  readonly signIn: SignIn
  /** Where a browser on this host signs in; undefined where it cannot. */
  readonly signInURL: (host: string) => string | undefined
  /** A `Cookie` header without our own; undefined when it has none of ours. */
  readonly withoutOwnCookies: (cookieHeader: string) => string | undefined
  /** Undefined where the configuration lets no provider end a session. */
  readonly backChannelLogout:
    | { readonly path: string; readonly answer: BackChannelLogout }
    | undefined
  /** For the one after a reload. */
  readonly memory: CookieMemory
}

export interface BrowserOptions {
  readonly issuers: ReloadableIssuers
  readonly log: Logger
  readonly metrics: Metrics
  /** Told about each question to Redis. */
  readonly onCall: CountCallTo
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** For `attache explain`, which changes nothing. */
  readonly isReadOnly: boolean
  /** As above, without the network: nobody asks Redis. */
  readonly isOffline: boolean
  /** The one before a reload: what replaced an old cookie is still known. */
  readonly previous: Browser | undefined
}

/** Undefined without `signIn`. */
export function createBrowser(config: Config, options: BrowserOptions): Browser | undefined {
  const { signIn, session } = config
  const { issuers, log, metrics, now, previous, isReadOnly } = options
  if (signIn === undefined || session === undefined) return undefined
  const { verifyToken } = issuers
  const providers = createProviders(signIn, issuers)
  const random = pooledRandom(randomBytes)
  // Otherwise it is good for the sign-out alone.
  const sendIDToken = config.routes.some((route) => sendsIDToken(route, config.headers))
  const memory = previous?.memory ?? createCookieMemory()
  const sessions = createSessions({
    store: createStore(session, { ...options, memory }),
    refresh: createRefresh({ providers, verifyToken }),
    isReadOnly,
    config: session,
    providers: signIn.providers,
    // In cookies it takes room that groups need; in Redis it lets people sign out at the provider unasked.
    keepIDToken: sendIDToken || session.redis !== undefined,
    sendIDToken,
    now,
    random,
    schedule,
    listener: refreshListener(log, metrics),
  })
  const findExternalURL = createExternalURLs(signIn, { secure: session.cookie.secure })
  return {
    sessions,
    memory,
    signIn: createSignIn({
      config: signIn,
      session,
      providers,
      verifyToken,
      findExternalURL,
      sessions,
      random,
      log,
    }),
    signInURL: (host) => {
      const url = findExternalURL(host)
      return url && new URL(endpointPath(signIn, 'sign_in'), url).href
    },
    withoutOwnCookies: createCookieReader(session.cookie.name).strip,
    backChannelLogout: signIn.backChannelLogout
      ? {
          path: backChannelLogoutPath(signIn),
          answer: createBackChannelLogout({
            providers: signIn.providers,
            issuerOf: issuers.get,
            sessions,
            now,
            log,
          }),
        }
      : undefined,
  }
}

function createStore(
  config: SessionConfig,
  { log, onCall, now, memory, isOffline }: BrowserOptions & { readonly memory: CookieMemory },
): SessionStore {
  const { redis } = config
  const random = pooledRandom(randomBytes)
  if (redis === undefined) return createCookieStore({ config, random, now, memory })
  if (isOffline) return unaskedStore
  return createRedisStore({
    config,
    redis,
    random,
    now,
    onCall: (result, details) => onCall('redis', result, details),
    onFault: (reason) => {
      if (reason === undefined) log.info('Redis answers again')
      else log.error({ reason }, 'Redis does not answer: sessions that it has cannot be used')
    },
  })
}

/** In the place of one that would have to be asked. */
const unaskedStore: SessionStore = {
  load: notAsked,
  create: notAsked,
  replace: notAsked,
  touch: notAsked,
  lease: notAsked,
  drop: notAsked,
  end: notAsked,
  endAll: notAsked,
  missing: () => [],
  close: async () => {},
}

async function notAsked(): Promise<never> {
  throw new DependencyError('session-store', 'Cannot ask Redis: --offline')
}

function refreshListener(log: Logger, metrics: Metrics): SessionListener {
  return {
    refreshed: (result, { user, detail }) => {
      metrics.sessionRefreshed(result)
      log[result === 'failed' ? 'warn' : 'info']({ user, result, detail }, 'session refreshed')
    },
  }
}
