import type { SessionConfig } from '../../src/config/browser-types.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'

/** A checked `session`, with what a test wants to differ. */
export function sessionConfig(overrides: Partial<SessionConfig> = {}): SessionConfig {
  return {
    keys: [Buffer.alloc(32, 7)],
    cookie: {
      name: '__Host-attache',
      domain: '',
      sameSite: 'lax',
      secure: true,
      maxBytes: 12_000,
      refresh: false,
    },
    absoluteLifetimeMs: 12 * 3_600_000,
    idleLifetimeMs: undefined,
    refreshAfterMs: 3_600_000,
    redis: undefined,
    ...overrides,
  }
}

/** What a browser holds after a response: names to values, as far as the tests need it. */
export function applySetCookies(
  jar: ReadonlyMap<string, string>,
  headers: readonly HeaderLine[],
): Map<string, string> {
  const next = new Map(jar)
  for (const [header, line] of headers) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (header !== 'set-cookie') continue
    if (/; Max-Age=0(;|$)/.test(line)) next.delete(name)
    else next.set(name, value)
  }
  return next
}

/** The `Cookie` header that a browser with these cookies sends. */
export function cookieHeader(jar: ReadonlyMap<string, string>): string | undefined {
  return jar.size === 0 ? undefined : [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}
