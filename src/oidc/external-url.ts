import type { SignInConfig } from '../config/browser-types.ts'
import { routeHost } from '../routes/host.ts'

/**
 * The external URL (`https://host[:port]`) under which a browser sees the given `:authority`, or
 * undefined when it is none of those under which people sign in.
 */
export type ExternalURLOf = (host: string) => URL | undefined

export interface ExternalURLOptions {
  /** `session.cookie.secure`: browsers see hosts that nobody named by https, or else by http. */
  readonly secure: boolean
}

/**
 * Compares hosts without regard to case and to the port that the scheme implies. A host that is not
 * configured has no sign-in, since the provider would send the browser to another one than holds its
 * cookies; with a redirect URI that is a path, the provider sends it back to where it came from, and
 * unless hosts are configured every well-formed one will do.
 */
export function createExternalURLs(
  { externalURLs, relativeRedirectURI }: Pick<SignInConfig, 'externalURLs' | 'relativeRedirectURI'>,
  { secure }: ExternalURLOptions,
): ExternalURLOf {
  if (externalURLs.length === 0) {
    return relativeRedirectURI
      ? (host) => anyHost(host, secure ? 'https' : 'http')
      : () => undefined
  }
  const byHost = new Map<string, URL>()
  for (const url of externalURLs) {
    // The first of two that differ in their scheme alone, as nothing in a check tells them apart.
    for (const host of [url.host, `${url.hostname}:${portOf(url)}`]) {
      if (!byHost.has(host)) byHost.set(host, url)
    }
  }
  return (host) => byHost.get(host) ?? byHost.get(host.toLowerCase())
}

function anyHost(host: string, scheme: 'https' | 'http'): URL | undefined {
  const text = `${scheme}://${host}`
  if (routeHost(host) === undefined || !URL.canParse(text)) return undefined
  return new URL(text)
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}
