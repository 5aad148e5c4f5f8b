/**
 * The external URL (`https://host[:port]`) under which a browser sees the given `:authority`, or
 * undefined when it is none of the configured ones: there sign-in is not available, since the
 * provider would send the browser to another host than the one that holds its cookies.
 */
export type ExternalURLOf = (host: string) => URL | undefined

/** Compares hosts without regard to case and to the port that the scheme implies. */
export function externalURLOf(externalURLs: readonly URL[]): ExternalURLOf {
  const byHost = new Map<string, URL>()
  for (const url of externalURLs) {
    // The first of two that differ in their scheme alone, as nothing in a check tells them apart.
    for (const host of [url.host, `${url.hostname}:${portOf(url)}`]) {
      if (!byHost.has(host)) byHost.set(host, url)
    }
  }
  return (host) => byHost.get(host) ?? byHost.get(host.toLowerCase())
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}
