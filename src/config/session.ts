import type { SessionConfig, SignInConfig } from './browser-types.ts'
import { type Document, quote } from './document.ts'
import { buildRedis } from './redis.ts'
import type { RawSession } from './schema/sign-in.ts'
import { type Loading, readKeys } from './secrets.ts'
import { parseDuration } from './units.ts'

/** RFC 6265 §4.1.1 cookie-name, a token. */
const cookieName = /^[!#$%&'*+.^`|~0-9A-Za-z_-]{1,64}$/
const domainName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
/** Browsers keep no cookie for longer. */
const maxLifetimeMs = 400 * 24 * 3_600_000
const minLifetimeMs = 1000

/** `session`, with its keys read. */
export function buildSession(
  loading: Loading,
  raw: RawSession,
  signIn: SignInConfig | undefined,
): SessionConfig {
  const { document } = loading
  if (raw.keysFile === undefined) {
    document.report(
      'session.keysFile',
      'is missing: sessions are sealed with its keys; make one with: openssl rand -base64 32',
    )
  }
  const keys =
    raw.keysFile === undefined
      ? []
      : readKeys(loading, { path: 'session.keysFile', name: raw.keysFile })
  reportCookie(document, raw.cookie, signIn)
  const absoluteLifetimeMs = parseDuration(raw.absoluteLifetime)
  if (absoluteLifetimeMs < minLifetimeMs || absoluteLifetimeMs > maxLifetimeMs) {
    const path = 'session.absoluteLifetime'
    document.report(path, `must be 1s to 9600h${document.got(path, raw.absoluteLifetime)}`)
  }
  if (signIn?.backChannelLogout === true && raw.store === 'cookie') {
    document.report(
      'signIn.backChannelLogout',
      'needs session.store: redis: a session that only the browser has cannot be ended without it',
    )
  }
  const idleLifetimeMs = readLifetime(document, 'idleLifetime', raw)
  return {
    keys,
    cookie: raw.cookie,
    absoluteLifetimeMs,
    idleLifetimeMs: idleLifetimeMs >= absoluteLifetimeMs ? undefined : idleLifetimeMs,
    refreshAfterMs: readLifetime(document, 'refreshAfter', raw),
    redis: buildRedis(loading, raw),
  }
}

/** Shorter, and each request would be one that renews the session. */
const minRenewalMs = 60_000

function readLifetime(
  document: Document,
  key: 'idleLifetime' | 'refreshAfter',
  raw: RawSession,
): number {
  const ms = parseDuration(raw[key])
  if (ms >= minRenewalMs && ms <= maxLifetimeMs) return ms
  const path = `session.${key}`
  document.report(path, `must be 1m to 9600h${document.got(path, raw[key])}`)
  return ms
}

/** What browsers demand of a cookie; one that breaks it is dropped without a word. */
function reportCookie(
  document: Document,
  { name, domain, sameSite, secure }: RawSession['cookie'],
  signIn: SignInConfig | undefined,
): void {
  const report = (key: string, message: string) => document.report(`session.cookie.${key}`, message)
  // Browsers compare the prefixes without case.
  const prefix = ['__Host-', '__Secure-'].find((text) =>
    name.toLowerCase().startsWith(text.toLowerCase()),
  )
  if (!cookieName.test(name))
    report(
      'name',
      `must be 1 to 64 letters, digits, "-" or "_"${document.got('session.cookie.name', name)}`,
    )
  if (prefix !== undefined && !secure) {
    report(
      'name',
      `must not begin with ${prefix} while secure is false: browsers would drop it${document.got('session.cookie.name', name)}`,
    )
  }
  if (prefix === '__Host-' && domain !== '') {
    report(
      'domain',
      `must be empty while the name begins with __Host-: browsers would drop the cookie${document.got('session.cookie.domain', domain)}`,
    )
  }
  if (sameSite === 'none' && !secure)
    report('sameSite', 'must not be none while secure is false: browsers would drop the cookie')
  if (domain === '') return
  if (!domainName.test(domain)) {
    report(
      'domain',
      `must be a domain such as example.com, in lower case and without a dot before it${document.got('session.cookie.domain', domain)}`,
    )
    return
  }
  for (const { hostname } of signIn?.externalURLs ?? []) {
    if (hostname === domain || hostname.endsWith(`.${domain}`)) continue
    report(
      'domain',
      `must be a parent of every host of signIn.externalURL, and is none of ${quote(hostname)}${document.got('session.cookie.domain', domain)}`,
    )
  }
}
