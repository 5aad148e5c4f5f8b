import type { SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { createCookieReader } from '../session/cookie-header.ts'
import { setCookie } from '../session/set-cookie.ts'
import type { Providers } from './provider/provider.ts'

/**
 * The provider that a browser signed in with last, in a cookie that is no secret and proves nothing: the
 * page to pick from points it out, and that is all.
 */
export interface LastProvider {
  /** One of the providers that there are; undefined for everything else. */
  readonly read: (cookieHeader: string | undefined) => string | undefined
  /** The line that remembers it; none where it is known already, or where there is nothing to pick. */
  readonly remember: (id: string, cookieHeader: string | undefined) => readonly HeaderLine[]
}

/** Half a year. */
const lifeSeconds = 182 * 24 * 3600

/** The {@link LastProvider} of these providers. */
export function createLastProvider(
  providers: Pick<Providers, 'all' | 'get'>,
  { name, secure }: SessionConfig['cookie'],
): LastProvider {
  const cookies = createCookieReader(name)
  const read: LastProvider['read'] = (cookieHeader) =>
    cookies.read(cookieHeader).lastProviders.find((id) => providers.get(id) !== undefined)
  return {
    read,
    remember: (id, cookieHeader) => {
      if (providers.all.length < 2 || read(cookieHeader) === id) return []
      const attributes = {
        maxAgeSeconds: lifeSeconds,
        sameSite: 'lax',
        secure,
        domain: '',
      } as const
      return [setCookie({ name: `${name}-p`, value: id }, attributes)]
    },
  }
}
