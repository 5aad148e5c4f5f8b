import type { SignInConfig } from '../config/browser-types.ts'
import type { Config, RouteConfig, RouteMatch } from '../config/types.ts'
import { endpointPaths, type SignInEndpoint } from './endpoints.ts'
import { routeHost } from './host.ts'
import { pathReadings } from './path.ts'
import { type Captures, compileHostPattern, compilePathPattern, type Matcher } from './pattern.ts'
import { indexRoutes } from './route-index.ts'

/** Where a request wants to go. */
export type Target =
  /** No path or no host that could be judged. */
  | { readonly kind: 'malformed'; readonly detail: string }
  /** Different readings of the path lead to different places. */
  | {
      readonly kind: 'ambiguous'
      /** Whether a reading leads to a route that is audited. */
      readonly isAudited: boolean
    }
  | { readonly kind: 'sign-in'; readonly endpoint: SignInEndpoint }
  | {
      readonly kind: 'route'
      readonly route: RouteConfig
      /** Every way in which one of the route's patterns fits, each once; one without any capture. */
      readonly captures: readonly Captures[]
      readonly isApiPath: boolean
      /** Whether the path is one where requests without a credential are `system:anonymous`. */
      readonly isAnonymousPath: boolean
      /** The path in every reading, without its query; the first is as received. */
      readonly readings: readonly string[]
    }
  | { readonly kind: 'none' }

/** What of a request decides its target. */
export interface TargetInput {
  readonly method: string
  readonly host: string
  readonly path: string
}

const none: Target = { kind: 'none' }

/**
 * Compiles the routes, sign-in and logout paths of a configuration into one function: the first route
 * that matches wins, sign-in comes before the routes on its hosts, and a path whose readings do not
 * all lead to the same target, captures, API path and anonymous path is ambiguous.
 */
export function compileTargets(config: Config): (input: TargetInput) => Target {
  const signIn = compileSignIn(config)
  const isApiPath = compileApiPaths(config)
  const routes = config.routes.map((route) => ({ route, fits: compileMatches(route.match) }))
  const candidates = indexRoutes(config.routes.map(({ match }) => match))
  const isAnonymousPath = compileAnonymousPaths(config)
  const at = (method: string, host: string, path: string): Place => {
    const endpoint = signIn(host, path)
    if (endpoint !== undefined) return { kind: 'sign-in', endpoint }
    for (const position of candidates(host, path)) {
      const compiled = routes[position]
      const captures = compiled?.fits(method, host, path) ?? []
      if (compiled !== undefined && captures.length > 0) {
        return {
          kind: 'route',
          route: compiled.route,
          captures,
          isApiPath: isApiPath(path),
          isAnonymousPath: isAnonymousPath(path),
        }
      }
    }
    return none
  }
  return ({ method, host: authority, path }) => {
    const host = routeHost(authority)
    if (host === undefined) return { kind: 'malformed', detail: 'the host is no host name' }
    const readings = pathReadings(path)
    const first = readings?.[0]
    if (readings === undefined || first === undefined) {
      return { kind: 'malformed', detail: 'the path is no path' }
    }
    const place = at(method, host, first)
    if (readings.length > 1) {
      const places = readings.map((reading) => at(method, host, reading))
      if (!places.every((other) => samePlace(other, place))) {
        const isAudited = places.some((found) => found.kind === 'route' && found.route.audit)
        return { kind: 'ambiguous', isAudited }
      }
    }
    return place.kind === 'route' ? { ...place, readings } : place
  }
}

/** A target as one reading of the path leads to it. */
type Place = DistributedOmit<Target, 'readings'>
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

function samePlace(a: Place, b: Place): boolean {
  if (a.kind === 'route' && b.kind === 'route') {
    return (
      a.route === b.route &&
      a.isApiPath === b.isApiPath &&
      a.isAnonymousPath === b.isAnonymousPath &&
      JSON.stringify(a.captures) === JSON.stringify(b.captures)
    )
  }
  if (a.kind === 'sign-in' && b.kind === 'sign-in') return a.endpoint === b.endpoint
  return a.kind === b.kind
}

type SignInMatcher = (host: string, path: string) => SignInEndpoint | undefined

function compileSignIn({ signIn, routes }: Config): SignInMatcher {
  if (signIn === undefined) return () => undefined
  const paths = endpointPaths(signIn)
  const isOwnHost = compileSignInHosts(signIn, routes)
  return (host, path) => {
    const endpoint = paths.get(path)
    return endpoint !== undefined && isOwnHost(host) ? endpoint : undefined
  }
}

/**
 * The hosts on which people sign in. Where the configuration names none it is every one but those of
 * impersonate routes: an API server has paths of its own, and no browser signs in there.
 */
function compileSignInHosts(
  { externalURLs }: SignInConfig,
  routes: readonly RouteConfig[],
): (host: string) => boolean {
  if (externalURLs.length > 0) {
    const hosts = new Set(externalURLs.map((url) => routeHost(url.host)))
    return (host) => hosts.has(host)
  }
  const ofClusters = routes
    .filter(({ identity }) => identity === 'impersonate')
    .flatMap(({ match }) => match.flatMap(({ hosts = [] }) => hosts))
    .map(compileHostPattern)
  return (host) => ofClusters.every((fits) => fits(host).length === 0)
}

function compileApiPaths({ signIn }: Config): (path: string) => boolean {
  const matchers = (signIn?.apiPaths ?? []).map(compilePathPattern)
  return (path) => matchers.some((matcher) => matcher(path).length > 0)
}

/** Exact and case-sensitive, as in kube-apiserver. */
function compileAnonymousPaths({ anonymous }: Config): (path: string) => boolean {
  if (anonymous === undefined) return () => false
  if (anonymous.paths === undefined) return () => true
  const paths = new Set(anonymous.paths)
  return (path) => paths.has(path)
}

type Fits = (method: string, host: string, path: string) => readonly Captures[]

const everything: readonly Captures[] = [{}]

/**
 * Every way in which any of the patterns fits. Envoy may go by the host where Attaché would go by the path,
 * or the other way round, so what either of them captures has to be allowed.
 */
function compileMatches(matches: readonly RouteMatch[]): Fits {
  const captures = matches
    .flatMap(({ hosts = [], paths = [] }) => [...hosts, ...paths])
    .some((pattern) => pattern.includes('{'))
  const alternatives = matches.map((match) => compileMatch(match, captures ? allMatches : anyMatch))
  if (captures) {
    return (method, host, path) =>
      distinct(alternatives.flatMap((fits) => fits(method, host, path)))
  }
  return (method, host, path) =>
    alternatives.some((fits) => fits(method, host, path).length > 0) ? everything : []
}

type Match = (matchers: readonly Matcher[], text: string) => readonly Captures[]

function compileMatch({ methods, hosts, paths }: RouteMatch, match: Match): Fits {
  const hostMatchers = hosts?.map(compileHostPattern)
  const pathMatchers = paths?.map(compilePathPattern)
  return (method, host, path) => {
    if (methods !== undefined && !methods.includes(method)) return []
    const byHost = hostMatchers === undefined ? everything : match(hostMatchers, host)
    if (byHost.length === 0) return byHost
    const byPath = pathMatchers === undefined ? everything : match(pathMatchers, path)
    if (byHost === everything) return byPath
    return byHost.flatMap((captures) => byPath.map((more) => ({ ...captures, ...more })))
  }
}

const allMatches: Match = (matchers, text) => matchers.flatMap((matcher) => matcher(text))

const anyMatch: Match = (matchers, text) =>
  matchers.some((matcher) => matcher(text).length > 0) ? everything : []

function distinct(ways: readonly Captures[]): readonly Captures[] {
  return ways.length < 2 ? ways : [...new Map(ways.map((way) => [keyOf(way), way])).values()]
}

/** The same for the same captures, in whichever order a pattern has them. */
function keyOf(way: Captures): string {
  const names = Object.keys(way).toSorted((a, b) => (a < b ? -1 : 1))
  return JSON.stringify(names.map((name) => [name, way[name]]))
}
