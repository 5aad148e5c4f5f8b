import { randomBytes } from 'node:crypto'
import { schedule as realSchedule } from '../../src/authn/schedule.ts'
import type { ProviderConfig, SessionConfig } from '../../src/config/browser-types.ts'
import { DependencyError } from '../../src/errors.ts'
import { createCookieStore } from '../../src/session/cookie.ts'
import { createCookieMemory } from '../../src/session/cookie-memory.ts'
import { createSessions, type SessionsOptions } from '../../src/session/create-sessions.ts'
import type { NewSession, Sessions } from '../../src/session/sessions.ts'
import { providerConfig, sessionConfig } from './config.ts'
import { userInfo } from './user.ts'

export interface CookieSessionsOptions
  extends Partial<
    Pick<SessionsOptions, 'keepIDToken' | 'now' | 'refresh' | 'schedule' | 'listener'>
  > {
  readonly config?: SessionConfig
  readonly providers?: readonly ProviderConfig[]
}

/** Sessions in cookies, of one replica that remembers nothing yet. Nobody answers a refresh by default. */
export function cookieSessions({
  config = sessionConfig(),
  providers = [providerConfig()],
  keepIDToken = false,
  now = Date.now,
  refresh = noProvider,
  schedule = realSchedule,
  listener = { refreshed: () => {} },
}: CookieSessionsOptions = {}): Sessions {
  const random = randomBytes
  const store = createCookieStore({ config, random, now, memory: createCookieMemory() })
  return createSessions({
    store,
    refresh,
    config,
    providers,
    keepIDToken,
    sendIDToken: keepIDToken,
    now,
    random,
    schedule,
    listener,
    isReadOnly: false,
  })
}

/** What a sign-in of alice at dex found out. */
export function newSession(overrides: Partial<NewSession> = {}): NewSession {
  return {
    provider: 'dex',
    user: userInfo({ name: 'alice' }),
    email: undefined,
    idToken: 'id.token.canary',
    idTokenExpiresAtMs: Date.UTC(2026, 0, 2),
    refreshToken: undefined,
    subject: 'alice-subject',
    providerSession: undefined,
    ...overrides,
  }
}

/** A provider that gives no answer. */
async function noProvider(): Promise<never> {
  throw new DependencyError('provider', 'Cannot refresh: nobody is there')
}
