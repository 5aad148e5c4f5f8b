import type { HeaderLine } from '../../src/headers/changes.ts'

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
