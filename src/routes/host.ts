/** What may stand in `:authority` besides the port: names, addresses, IPv6 in brackets. */
const authority = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+?)\.?(?::\d{0,5})?$/

/**
 * The host that routes compare: lower case, without port and trailing dot. Undefined when it is none:
 * empty, two `Host` lines that Envoy joined with a comma, user info, blanks.
 */
export function routeHost(host: string): string | undefined {
  return authority.exec(host)?.[1]?.toLowerCase()
}
