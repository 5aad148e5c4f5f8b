import { capturedTwice } from './captures.ts'
import { buildCondition } from './conditions.ts'
import type { Document } from './document.ts'
import type { CompileCondition } from './expressions.ts'
import { reportPatterns } from './patterns.ts'
import { type Alternative, buildReview } from './reviews.ts'
import type { RawAlternative, RawRoute } from './schema/routes.ts'
import type { RouteConfig, RouteMatch } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** `routes`, those of them whose shape is right, checked one by one and against each other. */
export function buildRoutes(
  document: Document,
  raw: readonly RawRoute[],
  compile: CompileCondition,
): readonly RouteConfig[] {
  const routes = raw.flatMap((route, index) => {
    const name = childPath('routes', index)
    return document.usable(name) ? [buildRoute(document, { name, route, compile })] : []
  })
  reportUnreachable(document, routes)
  return routes
}

interface RawNamedRoute {
  readonly name: string
  readonly route: RawRoute
  readonly compile: CompileCondition
}

function buildRoute(document: Document, { name, route: raw, compile }: RawNamedRoute): RouteConfig {
  const alternatives = readAlternatives(name, raw).map(({ path, value }) => ({
    path,
    value: buildMatch(document, path, value),
  }))
  const match = alternatives.map(({ value }) => value)
  if (raw.access === 'public') {
    reportUselessOnPublic(document, name)
    // Nothing of the client's own Authorization is touched on public routes.
    return {
      name,
      match,
      access: 'public',
      identity: undefined,
      authorization: 'keep',
      audience: undefined,
      preflight: 'deny',
      provider: undefined,
      when: undefined,
      subjectAccessReview: undefined,
      allowImpersonation: false,
      allowGatewayPass: false,
      audit: false,
    }
  }
  if (raw.identity === undefined) {
    document.report(
      childPath(name, 'identity'),
      'is missing: impersonate, kubeflow, headers or forward; or access: public for a route without any',
    )
  }
  return {
    name,
    match,
    access: 'authenticated',
    identity: raw.identity,
    authorization: authorizationOf(document, name, raw),
    audience: audienceOf(document, name, raw),
    preflight: raw.preflight ?? 'deny',
    provider: raw.provider,
    when:
      raw.when === undefined
        ? undefined
        : buildCondition(document, childPath(name, 'when'), { source: raw.when, match, compile }),
    subjectAccessReview: reviewOf(document, name, { raw, alternatives }),
    allowImpersonation: allowImpersonationOf(document, name, raw),
    allowGatewayPass: allowGatewayPassOf(document, name, raw),
    audit: raw.audit ?? raw.identity === 'impersonate',
  }
}

const notOnPublic = [
  'identity',
  'authorization',
  'audience',
  'preflight',
  'provider',
  'when',
  'subjectAccessReview',
  'allowImpersonation',
  'allowGatewayPass',
  'audit',
]

function reportUselessOnPublic(document: Document, name: string): void {
  for (const key of notOnPublic) {
    const path = childPath(name, key)
    if (!document.given(path)) continue
    document.report(
      path,
      'must not stand on a public route: nothing is checked there, so there is no identity. Remove it, or access: public',
      { at: 'key' },
    )
  }
}

function readAlternatives(name: string, raw: RawRoute): { path: string; value: RawAlternative }[] {
  const path = childPath(name, 'match')
  if (!Array.isArray(raw.match)) return [{ path, value: raw.match }]
  return raw.match.map((value, index) => ({ path: childPath(path, index), value }))
}

function buildMatch(document: Document, path: string, raw: RawAlternative): RouteMatch {
  const { paths, hosts, methods } = raw
  reportPatterns(document, childPath(path, 'paths'), { patterns: paths ?? [], kind: 'path' })
  reportPatterns(document, childPath(path, 'hosts'), { patterns: hosts ?? [], kind: 'host' })
  for (const [index, method] of (methods ?? []).entries()) {
    if (/^[A-Z][A-Z0-9_-]*$/.test(method)) continue
    const place = childPath(childPath(path, 'methods'), index)
    document.report(
      place,
      `must be a method in capitals, as methods are case-sensitive${document.got(place, method)}`,
    )
  }
  const match = { paths, hosts, methods }
  for (const name of capturedTwice(match)) {
    document.report(
      path,
      `must not capture "{${name}}" from the host and from the path, which may differ: give one of them another name`,
    )
  }
  return match
}

function reviewOf(
  document: Document,
  name: string,
  { raw, alternatives }: { raw: RawRoute; alternatives: readonly Alternative[] },
): RouteConfig['subjectAccessReview'] {
  const { subjectAccessReview: review } = raw
  if (review === undefined) return undefined
  const path = childPath(name, 'subjectAccessReview')
  return buildReview(document, path, { raw: review, match: alternatives })
}

function allowImpersonationOf(document: Document, name: string, raw: RawRoute): boolean {
  const { identity, allowImpersonation } = raw
  if (allowImpersonation && identity !== undefined && identity !== 'impersonate') {
    document.report(
      childPath(name, 'allowImpersonation'),
      `must not be true on a route with identity: ${identity}: kubectl --as is a matter of the API server's own Impersonate-* headers. Remove it, or use identity: impersonate`,
    )
  }
  return allowImpersonation
}

function allowGatewayPassOf(document: Document, name: string, raw: RawRoute): boolean {
  const { allowGatewayPass, identity, subjectAccessReview } = raw
  if (!allowGatewayPass) return false
  const path = childPath(name, 'allowGatewayPass')
  if (identity === 'impersonate' || identity === 'forward') {
    document.report(
      path,
      `must not be true on a route with identity: ${identity}, for which no pass is good. Remove it`,
    )
  } else if (subjectAccessReview === undefined) {
    document.report(
      path,
      'must not be true on a route without subjectAccessReview, which a pass is good for: add it, or remove allowGatewayPass',
    )
  }
  return true
}

function authorizationOf(
  document: Document,
  name: string,
  raw: RawRoute,
): RouteConfig['authorization'] {
  const path = childPath(name, 'authorization')
  const { identity, authorization } = raw
  if (identity === 'forward') {
    if (authorization !== undefined && authorization !== 'token') {
      document.report(
        path,
        `must be token on a route with identity: forward, which sends on the caller's own token${document.got(path, authorization)}`,
      )
    }
    return 'token'
  }
  if (identity === 'impersonate' && authorization === 'keep') {
    document.report(
      path,
      "must not be keep on a route with identity: impersonate: the API server would act on a credential of the client's choice",
    )
  }
  if (identity === 'impersonate' && authorization === 'identityToken') {
    document.report(
      path,
      'must not be identityToken on a route with identity: impersonate, where Authorization is of the impersonator',
    )
  }
  if (authorization === 'gatewayPass') reportGatewayPass(document, name, raw)
  return authorization ?? 'remove'
}

function reportGatewayPass(document: Document, name: string, raw: RawRoute): void {
  const path = childPath(name, 'authorization')
  if (raw.identity === 'impersonate') {
    document.report(
      path,
      'must not be gatewayPass on a route with identity: impersonate, where Authorization is of the impersonator',
    )
  } else if (raw.subjectAccessReview === undefined) {
    document.report(
      path,
      'must not be gatewayPass on a route without subjectAccessReview, which says what the pass is good for: add it, or use authorization: remove',
    )
  }
}

function audienceOf(document: Document, name: string, raw: RawRoute): string | undefined {
  const { authorization, audience } = raw
  if (audience !== undefined && authorization !== 'identityToken') {
    const path = childPath(name, 'audience')
    document.report(path, 'has no use without authorization: identityToken', { at: 'key' })
  }
  return audience
}

/** A route or an alternative that can never match is a rule that somebody believes to be in force. */
function reportUnreachable(document: Document, routes: readonly RouteConfig[]): void {
  const seen = new Map<string, string>()
  let everything: string | undefined
  for (const route of routes) {
    if (everything !== undefined) {
      document.report(route.name, `can never match: ${everything} above it matches everything`)
      continue
    }
    for (const match of route.match) {
      const same = canonical(match)
      const other = seen.get(same)
      if (other !== undefined) {
        document.report(
          childPath(route.name, 'match'),
          `can never match: ${other} has the same paths, hosts and methods`,
        )
      }
      seen.set(same, route.name)
    }
    if (route.match.some(matchesEverything)) everything = route.name
  }
}

function canonical({ paths, hosts, methods }: RouteMatch): string {
  return JSON.stringify([paths, hosts, methods].map((list) => list?.toSorted() ?? null))
}

function matchesEverything({ paths, hosts, methods }: RouteMatch): boolean {
  return (
    hosts === undefined && methods === undefined && (paths === undefined || paths.includes('/*'))
  )
}
