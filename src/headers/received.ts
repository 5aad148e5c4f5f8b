import type { HeaderLine } from './changes.ts'

/**
 * Names that Envoy adds to a check for Attaché alone. What a client sends under them goes nowhere: over
 * gRPC nobody but the client can have put them among the request's headers.
 */
const ofTheCheck: ReadonlySet<string> = new Set([
  'x-attache-caller',
  'x-attache-source',
  'x-attache-connection',
  'x-attache-upgrade',
])

/**
 * Adds one line of a request to its headers, as {@link RequestHeaders} describes them. A repeated name
 * is joined and never replaced: the one who reads it must see that there was more than one.
 */
export function receiveLine(headers: Map<string, string>, [name, value]: HeaderLine): void {
  const key = name.toLowerCase()
  if (key.startsWith(':') || ofTheCheck.has(key)) return
  const before = headers.get(key)
  // RFC 9113 §8.2.3: HTTP/2 splits Cookie into lines, and they belong together with "; ".
  const separator = key === 'cookie' ? '; ' : ','
  headers.set(key, before === undefined ? value : before + separator + value)
}

/**
 * True for a `:path` that a client of Envoy can have sent: absolute, or the `*` of OPTIONS. CONNECT has
 * none, and cannot be checked.
 */
export function isRequestPath(path: string): boolean {
  return path.startsWith('/') || path === '*'
}
