import type { RouteMatch } from './types.ts'

/** Names that any pattern of a route captures. */
export function capturedNames(match: readonly RouteMatch[]): ReadonlySet<string> {
  const patterns = match.flatMap(({ paths = [], hosts = [] }) => [...paths, ...hosts])
  return new Set(patterns.flatMap(namesIn))
}

/** Whether everything that fits the alternative has the capture: by each of its paths or each of its hosts. */
export function alwaysCaptures({ paths = [], hosts = [] }: RouteMatch, name: string): boolean {
  return [paths, hosts].some(
    (patterns) => patterns.length > 0 && patterns.every((one) => namesIn(one).includes(name)),
  )
}

/** Names that the host and the path of one request may both capture, with different values. */
export function capturedTwice({ paths = [], hosts = [] }: RouteMatch): readonly string[] {
  const byHost = new Set(hosts.flatMap(namesIn))
  return [...new Set(paths.flatMap(namesIn))].filter((name) => byHost.has(name))
}

function namesIn(pattern: string): readonly string[] {
  return [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}
