/**
 * `routes/` says which route a request takes and whether that is beyond doubt. It judges paths and
 * hosts as text and knows neither users nor headers.
 */

/** What needs a second look: escapes, other slashes, dot segments, path parameters. */
const suspicious = /[%\\;]|\/\/|\/\./

/** Escapes of unreserved characters, which RFC 3986 §6.2.2.2 makes equal to the characters. */
const unreservedEscape = /%(2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi
const slashEscape = /%(2f|5c)/gi

/** `..;x` is a parent segment to some upstreams and a plain name to Envoy: nobody means it well. */
const dottedParameter = /(^|[/\\]|%2f|%5c)(\.|%2e){1,2}(;|%3b)/i

/** What Envoy or somebody behind it may do to a path, each any number of times and in any order. */
const changes: readonly ((path: string) => string)[] = [
  unescapeSlashes,
  normalise,
  mergeSlashes,
  dropParameters,
]

/** Characters. Each reading costs work in proportion, so that no path may buy much of it. */
const maxSuspiciousLength = 8192

/** Honest paths have a handful of readings; beyond this many the path is refused. */
const maxReadings = 64

/**
 * Every reading of a request's path that Envoy or an upstream may take: as received, with `%2F` and
 * `%5C` decoded, normalised (RFC 3986 §6), with slashes merged, without path parameters (`;v=1`, which
 * servlet containers cut off before they look a path up), and what becomes of these when one is done
 * after the other. The first is the path as received; the query does not count. Undefined when it
 * is no path at all, or one that is only ever sent to deceive.
 */
export function pathReadings(requestPath: string): readonly string[] | undefined {
  const query = requestPath.indexOf('?')
  const path = query === -1 ? requestPath : requestPath.slice(0, query)
  if (!path.startsWith('/') || path.includes('#')) return undefined
  if (!suspicious.test(path)) return [path]
  if (path.length > maxSuspiciousLength || dottedParameter.test(path)) return undefined
  const readings = new Set([path])
  // A set hands out what is added while it is walked.
  for (const reading of readings) {
    for (const change of changes) readings.add(change(reading))
    if (readings.size > maxReadings) return undefined
  }
  return [...readings]
}

function unescapeSlashes(path: string): string {
  return path.replace(slashEscape, (_, hex: string) => (hex.toLowerCase() === '2f' ? '/' : '\\'))
}

function dropParameters(path: string): string {
  return path.includes(';') ? path.replace(/;[^/]*/g, '') : path
}

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/')
}

/** As Envoy's `normalize_path`: unreserved escapes decoded, `\` is a slash, dot segments resolved. */
function normalise(path: string): string {
  const segments = path
    .replace(unreservedEscape, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\', '/')
    .split('/')
    .slice(1)
  const kept: string[] = []
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (isLast && (segment === '..' || segment === '.')) kept.push('')
  }
  return `/${kept.join('/')}`
}
