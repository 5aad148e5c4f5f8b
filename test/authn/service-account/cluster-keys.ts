/** A fake API server that publishes keys, for answers that no real one would give. */
import type { Outcome } from '../../../src/authn/authenticator.ts'
import type { ServiceAccountsOptions } from '../../../src/authn/service-account/service-accounts.ts'
import {
  createServiceAccounts,
  type ServiceAccounts,
} from '../../../src/authn/service-account/service-accounts.ts'
import { cacheTokens } from '../../../src/authn/token-cache.ts'
import type { ServiceAccountsConfig } from '../../../src/config/types.ts'
import { type FakeApiServer, respond } from '../../kubernetes/fake-api-server.ts'
import { capturedLog, type ManualSchedule, manualSchedule } from '../issuer/issuer-fixtures.ts'
import { jwksOf, rsaKey, signToken, type TestKey } from '../jwt/signed-token.ts'

export const issuer = 'https://cluster.example.com'
export const key = rsaKey('1')
export const nextKey = rsaKey('2')

/** The user of {@link botToken}. */
export const botName = 'system:serviceaccount:team:bot'

/** Claims that make of {@link botToken} Attaché's own token. */
export const own = { sub: 'system:serviceaccount:attache:attache' }

/** What the API server answers under each path; the defaults are those of a working one. */
export interface Published {
  readonly discovery?: unknown
  readonly jwks?: unknown
  readonly status?: number
}

/** Makes the fake answer as an API server does that asks for a token. */
export function publish(
  api: FakeApiServer,
  {
    discovery = { issuer, jwks_uri: 'https://elsewhere.example.com/keys' },
    ...more
  }: Published = {},
): void {
  const { jwks = jwksOf(key), status = 200 } = more
  const answers: Readonly<Record<string, unknown>> = {
    '/.well-known/openid-configuration': discovery,
    '/openid/v1/jwks': jwks,
  }
  api.answer = (request, response) => {
    const answer = answers[request.url ?? '']
    respond(answer === undefined ? 404 : status, answer ?? '')(request, response)
  }
}

/** A token of `team/bot`, with what a test wants to differ. */
export function botToken(claims: object = {}, by: TestKey = key): string {
  const now = Math.floor(Date.now() / 1000)
  return signToken(
    {
      iss: issuer,
      aud: ['api'],
      sub: 'system:serviceaccount:team:bot',
      exp: now + 600,
      iat: now,
      'kubernetes.io': { namespace: 'team', serviceaccount: { name: 'bot', uid: '1' } },
      ...claims,
    },
    { key: by },
  )
}

/** ServiceAccounts of ours whose clock and timers the test moves. */
export interface Judge {
  readonly accounts: ServiceAccounts
  /** With the memory that a check meets. */
  readonly ask: (token: string) => Promise<Outcome>
  readonly clock: { nowMs: number }
  readonly timers: ManualSchedule
  readonly lines: readonly string[]
}

export function judgeBy(
  api: FakeApiServer,
  {
    validation = 'jwks',
    audiences,
    ...options
  }: Partial<ServiceAccountsConfig & ServiceAccountsOptions> = {},
): Judge {
  const timers = manualSchedule()
  const { log, lines } = capturedLog()
  const clock = { nowMs: Date.now() }
  const config = { kubernetes: api.config, serviceAccounts: { validation, audiences } }
  const accounts = createServiceAccounts(config, {
    now: () => clock.nowMs,
    log,
    schedule: timers.schedule,
    timeoutMs: 2_000,
    ...options,
  })
  const authenticate = cacheTokens(accounts.verifyToken, { now: () => clock.nowMs })
  return { accounts, ask: async (token) => authenticate(token), clock, timers, lines }
}

/** The user's name, or what happened instead. */
export function nameIn(outcome: Outcome): string {
  return outcome.kind === 'authenticated' ? outcome.user.name : outcome.kind
}

/** Lets what reads a file, or asks the fake, come to its end. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
