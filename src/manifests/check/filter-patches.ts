import { checkFilter, managerFilter, routerFilter } from '../envoy-types.ts'
import type { Rendered } from './rendered.ts'
import { inSnakeCase } from './spellings.ts'
import { at, entriesAt, listAt, objectsIn, textAt, type Unread } from './values.ts'

/** Where a filter ends up among the HTTP filters of an Istio gateway. */
export type Stage = 'first' | 'beforeCheck' | 'afterCheck' | 'afterTokens' | 'last' | 'nowhere'

/** The patches of an EnvoyFilter; fields of what they add or change are written as `field_name`. */
export function patchesOf({ kind, value }: Rendered): readonly Unread[] {
  if (kind !== 'EnvoyFilter') return []
  return listAt(value, 'spec', 'configPatches').map((patch) => ({
    applyTo: at(patch, 'applyTo'),
    match: at(patch, 'match'),
    patch: {
      operation: at(patch, 'patch', 'operation'),
      value: inSnakeCase(at(patch, 'patch', 'value')),
    },
  }))
}

/** What a patch adds or changes. */
export function valueOf(patch: Unread): Unread {
  return at(patch, 'patch', 'value')
}

/** The message within what a patch adds or changes, out of what it may be wrapped in. */
export function settingsOf(patch: Unread): Unread {
  const config = at(valueOf(patch), 'typed_config')
  if (textAt(config, '@type')?.endsWith('.TypedStruct') !== true) return config
  return Object.fromEntries([
    ...entriesAt(config, 'value'),
    ['@type', textAt(config, 'type_url') ?? ''],
  ])
}

/** What patches change of the filter that asks Attaché. */
export function checkSettingsOf(object: Rendered): readonly Unread[] {
  return patchesOf(object)
    .filter((patch) => subFilter(patch) === checkFilter && operationOf(patch) === 'MERGE')
    .map(settingsOf)
}

/** What patches change of the HTTP connection manager. */
export function managerSettingsOf(object: Rendered): readonly Unread[] {
  return patchesOf(object)
    .filter((patch) => textAt(patch, 'applyTo') === 'NETWORK_FILTER')
    .map(settingsOf)
}

/** HTTP filters that patches take out, or put something else in the place of; `every` where none is named. */
export function filtersTakenOut(object: Rendered): readonly string[] {
  return patchesOf(object)
    .filter((patch) => ['REMOVE', 'REPLACE'].includes(operationOf(patch) ?? ''))
    .flatMap((patch) => subFilter(patch) ?? (holdsAllFilters(patch) ? every : []))
}

/** What {@link filtersTakenOut} says of a patch that is about whichever filter it meets. */
export const every = 'each HTTP filter'

/** Whether a patch is about whichever HTTP filter it meets, or about what all of them are in. */
function holdsAllFilters(patch: Unread): boolean {
  const applyTo = textAt(patch, 'applyTo')
  if (!isInbound(patch)) return false
  if (applyTo !== 'NETWORK_FILTER') return applyTo === 'HTTP_FILTER'
  const name = textAt(patch, 'match', 'listener', 'filterChain', 'filter', 'name')
  return name === undefined || name === managerFilter
}

/** Every setting with a name within what patches add or change. */
export function settingsWith(object: Rendered, key: string): readonly Unread[] {
  return patchesOf(object)
    .flatMap((patch) => objectsIn(valueOf(patch)))
    .map((found) => found[key])
    .filter((value) => value !== undefined)
}

/** The HTTP filter that a patch is about, or stands beside. */
export function subFilter(patch: Unread): string | undefined {
  return textAt(patch, 'match', 'listener', 'filterChain', 'filter', 'subFilter', 'name')
}

/** What a patch does. */
export function operationOf(patch: Unread): string | undefined {
  return textAt(patch, 'patch', 'operation')
}

/** What stands at the place that a patch names; `rbac` is there twice, and the first comes before the check. */
const stages: Readonly<Record<string, readonly [before: Stage, after: Stage]>> = {
  'attache-pre-filter': ['first', 'beforeCheck'],
  'attache-no-request-trailers': ['first', 'beforeCheck'],
  'istio.metadata_exchange': ['beforeCheck', 'beforeCheck'],
  'attache-route': ['beforeCheck', 'beforeCheck'],
  [checkFilter]: ['beforeCheck', 'afterCheck'],
  'envoy.filters.http.rbac': ['beforeCheck', 'beforeCheck'],
  'envoy.filters.http.jwt_authn': ['afterCheck', 'afterTokens'],
  'attache-appender': ['last', 'last'],
  'attache-no-own-names': ['last', 'last'],
  [routerFilter]: ['last', 'nowhere'],
}

/** Contexts of requests that come in; to a waypoint they do as to a sidecar. */
const inbound = [undefined, 'ANY', 'GATEWAY', 'SIDECAR_INBOUND']

/** Whether a patch is about requests that come in. */
export function isInbound(patch: Unread): boolean {
  return inbound.includes(textAt(patch, 'match', 'context'))
}

/** Where a patch puts its HTTP filter. */
export function stageOf(patch: Unread): Stage {
  if (textAt(patch, 'applyTo') !== 'HTTP_FILTER' || !isInbound(patch)) return 'nowhere'
  const done = operationOf(patch)
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
  // What takes another's place comes after whatever that one came after.
  if (done === 'REPLACE') return before === 'last' ? 'last' : after
  return done === 'INSERT_AFTER' ? after : 'nowhere'
}
