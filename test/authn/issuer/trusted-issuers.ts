import type { Outcome } from '../../../src/authn/authenticator.ts'
import {
  createIssuers,
  type IssuersOptions,
  type ReloadableIssuers,
} from '../../../src/authn/issuer/issuers.ts'
import { cacheTokens } from '../../../src/authn/token-cache.ts'
import type { IssuerConfig } from '../../../src/config/types.ts'
import { jwksOf, rsaKey, signToken, type TestKey } from '../jwt/signed-token.ts'
import {
  capturedLog,
  issuerConfig,
  type ManualSchedule,
  manualSchedule,
} from './issuer-fixtures.ts'
import { type LocalIssuer, startIssuer } from './local-issuer.ts'

/** Published by every local issuer that is not told otherwise. */
export const key = rsaKey('1')
export const newKey = rsaKey('2')
const closing: (() => Promise<void>)[] = []

/** Closes what a test has started; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(closing.splice(0).map((close) => close()))
}

/** Closes something else of a test with the rest. */
export function closeLater(close: () => Promise<void>): void {
  closing.push(close)
}

/** The configuration of a local issuer. */
export function at({ url }: LocalIssuer): { url: string } {
  return { url }
}

/** An issuer on loopback that publishes `key`. */
export async function local(options?: Parameters<typeof startIssuer>[0]): Promise<LocalIssuer> {
  const issuer = await startIssuer({ jwks: jwksOf(key), ...options })
  closing.push(issuer.close)
  return issuer
}

/** Trusted issuers whose clock and timers the test moves. */
export interface World {
  /** With the cache of verified tokens in front, as a running Attaché has it. */
  readonly issuers: ReloadableIssuers & {
    readonly authenticateToken: (token: string) => Promise<Outcome>
  }
  readonly clock: { nowMs: number }
  readonly timers: ManualSchedule
  readonly lines: readonly string[]
}

export function trust(
  configs: readonly (Partial<IssuerConfig> & { url: string })[],
  options: Partial<IssuersOptions> = {},
): World {
  const timers = manualSchedule()
  const { log, lines } = capturedLog()
  const clock = { nowMs: Date.now() }
  const now = () => clock.nowMs
  const created = createIssuers(configs.map(issuerConfig), {
    now,
    log,
    schedule: timers.schedule,
    timeoutMs: 2_000,
    ...options,
  })
  closing.push(created.close)
  const authenticate = cacheTokens(created.verifyToken, { now })
  const issuers = { ...created, authenticateToken: async (token: string) => authenticate(token) }
  return { issuers, clock, timers, lines }
}

/** Runs the timers that are set and waits until a fetch that they started is over. */
export async function passTime({ timers, issuers }: World, url: string): Promise<void> {
  timers.run()
  await issuers.get(url)?.keySet.settled()
}

/** A good token, but for the claims given. */
export function tokenOf(iss: string, claims: object = {}, by: TestKey = key): string {
  const exp = Math.floor(Date.now() / 1000) + 300
  return signToken({ iss, aud: 'attache', exp, sub: 'alice', ...claims }, { key: by })
}

/** The user's name, or what happened instead. */
export function nameIn(outcome: Outcome): string {
  return outcome.kind === 'authenticated' ? outcome.user.name : outcome.kind
}
