import type { Config } from '../config/types.ts'
import { headersReadBy } from './expression-headers.ts'

/** The header lists of Istio's HTTP provider; `name*` is whatever begins so. */
export interface HeaderLists {
  /** What a check shows besides method, path and host. */
  readonly inCheck: readonly string[]
  /** What an allowed check may set on the request. */
  readonly toUpstream: readonly string[]
  /** What it may add to the response. */
  readonly toClientOnAllow: readonly string[]
  /** What a denial or a page may say. */
  readonly toClientOnDeny: readonly string[]
  /** Whether an expression reads headers that are in no list, as only a request shows their names. */
  readonly incomplete: boolean
}

/**
 * Which VirtualService Envoy sends a request by, in Envoy's own words: `identity: impersonate` must not depend on
 * the host alone, as whoever may create VirtualServices can have a path of a host lead to a pod of theirs.
 */
export const routeHeader = 'x-attache-route'

/**
 * Read of every request, whatever the configuration: credentials, what tells a page from a program, whose
 * page it is, and what a client may not send. Never `connection` and `upgrade`: the check would be one.
 */
const alwaysInCheck = [
  'accept',
  'accept-language',
  'access-control-request-*',
  'authorization',
  'cookie',
  'impersonate-*',
  'kubeflow-*',
  'origin',
  'purpose',
  'referer',
  'sec-fetch-*',
  'sec-purpose',
  'sec-websocket-protocol',
  'x-attache-requested-*',
  routeHeader,
  'x-forwarded-*',
  'x-moz',
  'x-remote-*',
  'x-requested-with',
]

/** Groups and extras are not among them: Istio's list sets, so that the last line of a name would win. */
const alwaysToUpstream = [
  'authorization',
  'cookie',
  'impersonate-uid',
  'impersonate-user',
  'sec-websocket-protocol',
]

/** What `pages/`, `replies/` and `oidc/` send; with a list in place Envoy drops all others. */
const toClientOnDeny = [
  'allow',
  'cache-control',
  'content-language',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'location',
  'referrer-policy',
  'retry-after',
  'set-cookie',
  'vary',
  'www-authenticate',
  'x-attache-decision',
  'x-content-type-options',
  'x-frame-options',
]

const toClientOnAllow = ['set-cookie', 'x-attache-decision']

/** The complete lists for a configuration, in alphabetical order. */
export function headerLists(config: Config): HeaderLists {
  const read = expressionsOf(config).map(headersReadBy)
  const identity = configuredNames(config)
  const own = [...identity, ...frontProxyNames(config), ...read.flatMap(({ names }) => names)]
  return {
    inCheck: sorted([...alwaysInCheck, ...own.filter((name) => !isListed(alwaysInCheck, name))]),
    toUpstream: sorted([...alwaysToUpstream, ...identity]),
    toClientOnAllow,
    toClientOnDeny,
    incomplete: read.some(({ others }) => others),
  }
}

/** Whether a list of exact names and of `prefix*` and `*suffix` has a name, as Istio reads it. */
export function isListed(list: readonly string[], name: string): boolean {
  return list.some((entry) => {
    const pattern = entry.toLowerCase()
    if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1))
    return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  })
}

/** Names that the configuration gives to identity headers. */
export function configuredNames({ kubeflow, headers }: Config): readonly string[] {
  const { user, groups, email, idToken } = headers
  const names = [kubeflow.userHeader, kubeflow.groupsHeader, user, groups, email, idToken]
  return sorted(names.filter((name) => name !== undefined))
}

/** Of every configuration; `kubeflow-`, as upstreams of Kubeflow read such names whoever sets them. */
export const identityPrefixes = ['kubeflow-', 'x-remote-', 'x-envoy-auth-']
export const identityNames = ['x-forwarded-user', 'x-forwarded-groups', 'x-forwarded-email']

/** Whether upstreams, or the API server, read in a header who the user is. */
export function saysWhoTheUserIs(name: string, config: Config): boolean {
  // Some upstreams read both as the same.
  const lower = name.toLowerCase().replaceAll('_', '-')
  return (
    [...identityPrefixes, 'impersonate-'].some((prefix) => lower.startsWith(prefix)) ||
    isListed([...identityNames, ...configuredNames(config)], lower)
  )
}

/** What the headers of a front proxy begin with. */
export function frontProxyNames({ frontProxy }: Config): readonly string[] {
  if (frontProxy === undefined) return []
  const { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = frontProxy
  const prefixes = extraHeaderPrefixes.map((prefix) => `${prefix}*`)
  return sorted([...usernameHeaders, ...uidHeaders, ...groupHeaders, ...prefixes])
}

function expressionsOf({ routes, impersonate }: Config): readonly string[] {
  const conditions = routes.flatMap(({ when }) => (when === undefined ? [] : [when.source]))
  return [...conditions, ...impersonate.extra.map(({ expression }) => expression.source)]
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted()
}
