import type { Config, RouteConfig } from '../config/types.ts'

/**
 * Paths, as Istio writes them, that hold every request which Attaché lets pass without its identity token;
 * undefined where paths cannot say it, and a policy that asks for the token would refuse what is allowed.
 */
export function pathsWithoutToken({ routes, anonymous }: Config): readonly string[] | undefined {
  if (anonymous !== undefined && anonymous.paths === undefined) return undefined
  const paths = new Set(anonymous?.paths ?? [])
  for (const route of routes) {
    // Every route whose preflights pass has some without a token.
    if (carriesToken(route) && route.preflight === 'deny') continue
    for (const { paths: patterns, hosts } of route.match) {
      // A host may come with any port, which Istio's patterns cannot say at their end.
      if (patterns === undefined || hosts !== undefined) return undefined
      for (const pattern of patterns) {
        const path = istioPath(pattern)
        if (path === undefined) return undefined
        paths.add(path)
      }
    }
  }
  return [...paths].toSorted()
}

function carriesToken({ access, authorization }: RouteConfig): boolean {
  return access === 'authenticated' && authorization === 'identityToken'
}

/** Undefined for what would be everything. Behind a capture it takes in more: a lock less, never a no. */
function istioPath(pattern: string): string | undefined {
  const open = pattern.indexOf('{')
  const path = open === -1 ? pattern : `${pattern.slice(0, open)}*`
  return path === '/*' ? undefined : path
}
