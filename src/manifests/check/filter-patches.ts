import { checkFilter, routerFilter } from '../envoy-types.ts'
import type { Rendered } from './rendered.ts'
import { at, listAt, objectsIn, textAt, type Unread } from './values.ts'

/** Where a filter ends up among the HTTP filters of an Istio gateway. */
export type Stage = 'first' | 'beforeCheck' | 'afterCheck' | 'afterTokens' | 'last' | 'nowhere'

/** A script that some object puts into Envoy. */
export interface Script {
  readonly object: Rendered
  readonly source: string
  readonly stage: Stage
}

/** Every Lua script of an EnvoyFilter or a TrafficExtension. */
export function scriptsOf(object: Rendered): readonly Script[] {
  if (object.kind === 'TrafficExtension') {
    const source = textAt(object.value, 'spec', 'lua', 'inlineCode')
    if (source === undefined) return []
    return [{ object, source, stage: stageOfPhase(textAt(object.value, 'spec', 'phase')) }]
  }
  return patchesOf(object).flatMap((patch) => {
    const config = at(patch, 'patch', 'value', 'typed_config')
    const source =
      textAt(config, 'default_source_code', 'inline_string') ?? textAt(config, 'inline_code')
    return source === undefined ? [] : [{ object, source, stage: stageOf(patch) }]
  })
}

/** The patches of an EnvoyFilter. */
export function patchesOf({ kind, value }: Rendered): readonly Unread[] {
  return kind === 'EnvoyFilter' ? listAt(value, 'spec', 'configPatches') : []
}

/** What patches change of the filter that asks Attaché. */
export function checkSettingsOf(object: Rendered): readonly Unread[] {
  return patchesOf(object)
    .filter((patch) => subFilter(patch) === checkFilter && operation(patch) === 'MERGE')
    .map((patch) => at(patch, 'patch', 'value', 'typed_config'))
}

/** What patches change of the HTTP connection manager. */
export function managerSettingsOf(object: Rendered): readonly Unread[] {
  return patchesOf(object)
    .filter((patch) => textAt(patch, 'applyTo') === 'NETWORK_FILTER')
    .map((patch) => at(patch, 'patch', 'value', 'typed_config'))
}

/** HTTP filters that patches take out, or put something else in the place of; `every` where none is named. */
export function filtersTakenOut(object: Rendered): readonly string[] {
  return patchesOf(object)
    .filter((patch) => ['REMOVE', 'REPLACE'].includes(operation(patch) ?? ''))
    .flatMap((patch) => subFilter(patch) ?? (isOfHttpFilters(patch) ? every : []))
}

/** What {@link filtersTakenOut} says of a patch that is about whichever filter it meets. */
export const every = 'each HTTP filter'

function isOfHttpFilters(patch: Unread): boolean {
  return textAt(patch, 'applyTo') === 'HTTP_FILTER' && inbound.includes(contextOf(patch))
}

function contextOf(patch: Unread): string | undefined {
  return textAt(patch, 'match', 'context')
}

/** Every object within what patches add or change, by one of its keys; protobuf's JSON knows two spellings. */
export function settingsWith(object: Rendered, key: string): readonly Unread[] {
  const camel = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return patchesOf(object)
    .flatMap((patch) => objectsIn(at(patch, 'patch', 'value')))
    .flatMap((found) => [...new Set([key, camel])].map((name) => found[name]))
    .filter((value) => value !== undefined)
}

/** The HTTP filter that a patch is about, or stands beside. */
export function subFilter(patch: Unread): string | undefined {
  return textAt(patch, 'match', 'listener', 'filterChain', 'filter', 'subFilter', 'name')
}

function operation(patch: Unread): string | undefined {
  return textAt(patch, 'patch', 'operation')
}

/** What stands at the place that a patch names; `rbac` is there twice, and the first comes before the check. */
const stages: Readonly<Record<string, readonly [before: Stage, after: Stage]>> = {
  [checkFilter]: ['beforeCheck', 'afterCheck'],
  'envoy.filters.http.rbac': ['beforeCheck', 'beforeCheck'],
  'envoy.filters.http.jwt_authn': ['afterCheck', 'afterTokens'],
  [routerFilter]: ['last', 'nowhere'],
}

/** Of requests that come in; to a waypoint they do as to a sidecar. */
const inbound = [undefined, 'ANY', 'GATEWAY', 'SIDECAR_INBOUND']

function stageOf(patch: Unread): Stage {
  if (textAt(patch, 'applyTo') !== 'HTTP_FILTER') return 'nowhere'
  if (!inbound.includes(contextOf(patch))) return 'nowhere'
  const done = operation(patch)
  const beside = subFilter(patch)
  if (done === 'INSERT_FIRST') return 'first'
  if (beside === undefined) {
    if (done === 'INSERT_BEFORE') return 'first'
    // Behind the router, where nothing is run.
    return 'nowhere'
  }
  // Those that Istio puts after its own policies: cors, fault, grpc_stats.
  const [before, after] = stages[beside] ?? (['afterTokens', 'afterTokens'] as const)
  if (done === 'INSERT_BEFORE') return before
  return done === 'INSERT_AFTER' ? after : 'nowhere'
}

function stageOfPhase(phase: string | undefined): Stage {
  if (phase === 'AUTHN') return 'afterCheck'
  return phase === 'AUTHZ' || phase === 'STATS' ? 'afterTokens' : 'last'
}
