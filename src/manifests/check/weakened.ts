import { routeFormat } from '../envoy-filters.ts'
import { checkFilter, managerType } from '../envoy-types.ts'
import { routeHeader } from '../header-lists.ts'
import {
  every,
  filtersTakenOut,
  isInbound,
  operationOf,
  patchesOf,
  settingsOf,
  settingsWith,
  subFilter,
  valueOf,
} from './filter-patches.ts'
import type { Finding } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { at, entriesAt, objectsIn, textAt } from './values.ts'

/** What an EnvoyFilter may not set where Attaché is asked. */
interface Weakening {
  /** What it sets; undefined where it does not. */
  readonly find: (object: Rendered) => string | undefined
  readonly effect: string
  /** Default: to remove it. */
  readonly fix?: string
  /** Default: a fault. */
  readonly severity?: 'warning'
}

/** Settings of any EnvoyFilter that would undo the check. */
export function weakenedBy(object: Rendered): readonly Finding[] {
  return weakenings.flatMap(({ find, effect, fix = 'remove it', severity }): readonly Finding[] => {
    const what = find(object)
    if (what === undefined) return []
    return [{ severity: severity ?? 'fault', object, what, effect, fix }]
  })
}

const weakenings: readonly Weakening[] = [
  {
    find: setting('failure_mode_allow', true),
    effect: 'when Attaché cannot be reached, every request passes unchecked',
  },
  {
    find: setting('shadow_mode', true),
    effect:
      'denials are only counted: every request passes, with whatever its client says of itself',
  },
  {
    find: disabledForRoutes,
    effect: 'requests of those routes pass unchecked, whatever their paths are written like',
    fix: 'remove it, and say in a route of Attaché what is public',
  },
  {
    find: changedForRoutes,
    effect: 'requests of those routes go on with what their clients say of themselves',
  },
  {
    find: changedFilter,
    effect:
      'requests go on with what their clients say of themselves, or without what Attaché says',
  },
  {
    find: switchedOff,
    effect: 'requests pass unchecked, with whatever their clients say of themselves',
  },
  {
    find: setting('clear_route_cache', true),
    effect:
      'Envoy chooses the upstream anew after the check, by headers that the check has set: another one than was judged',
  },
  {
    find: setting('normalize_path', false),
    severity: 'warning',
    effect:
      'nothing, as istiod merges no false into the true that it sets; if it did, policies of Istio and upstreams would read another path than was judged',
  },
  {
    find: takenOut,
    effect: 'requests pass unchecked, or with what their clients say of themselves',
  },
  {
    find: ownListener,
    effect: 'requests that come in by it pass unchecked, with what their clients say of themselves',
    fix: 'let Istio make the listener, of a Gateway',
  },
  {
    find: (object) => isSet(object, 'disallowed_headers'),
    effect:
      'Attaché never sees those headers of a client: it can neither judge nor remove what they say',
  },
  {
    find: otherRouteName,
    effect:
      "Attaché takes each request for one of the VirtualService that is named there: a pod of a tenant can get Attaché's credential for the API server",
    fix: 'remove it: the EnvoyFilter "…-impersonation" sets that header',
  },
  {
    find: (object) => isSet(object, 'with_request_body'),
    effect: 'Envoy holds every request until its body is there: kubectl exec over SPDY hangs',
    fix: 'remove it: Attaché reads no body',
  },
]

function setting(key: string, value: boolean): Weakening['find'] {
  const said = `sets ${key}: ${String(value)}`
  return (object) => (settingsWith(object, key).includes(value) ? said : undefined)
}

function isSet(object: Rendered, key: string): string | undefined {
  return settingsWith(object, key).length > 0 ? `sets ${key}` : undefined
}

function disabledForRoutes(object: Rendered): string | undefined {
  const perRoute = settingsWith(object, checkFilter)
  return perRoute.some((settings) => at(settings, 'disabled') === true)
    ? `disables ${checkFilter} for some routes`
    : undefined
}

/** Filters of ours have no settings for routes. */
function changedForRoutes(object: Rendered): string | undefined {
  const names = settingsWith(object, 'typed_per_filter_config').flatMap((settings) =>
    entriesAt(settings).map(([name]) => name),
  )
  const own = names.find((name) => name.startsWith('attache-'))
  return own === undefined ? undefined : `changes ${own} for some routes`
}

/** Filters of ours that a patch gives other settings; only what the appender needs may come so. */
function changedFilter(object: Rendered): string | undefined {
  const patch = patchesOf(object).find((one) => {
    if (operationOf(one) !== 'MERGE' || subFilter(one)?.startsWith('attache-') !== true)
      return false
    const settings = entriesAt(settingsOf(one)).map(([name]) => name)
    return (
      at(valueOf(one), 'disabled') === true ||
      settings.some((name) => name !== '@type' && name !== 'clear_route_cache')
    )
  })
  return patch === undefined ? undefined : `changes the filter ${subFilter(patch) ?? ''}`
}

/** The check in Envoy's list of filters. */
function switchedOff(object: Rendered): string | undefined {
  const part = ['filter_enabled', 'filter_enabled_metadata'].find(
    (key) => settingsWith(object, key).length > 0,
  )
  if (part !== undefined) return `sets ${part} for the check`
  const isOff = patchesOf(object).some((patch) => {
    const names = [textAt(valueOf(patch), 'name'), subFilter(patch)]
    return names.includes(checkFilter) && at(valueOf(patch), 'disabled') === true
  })
  return isOff ? 'sets disabled: true for the check' : undefined
}

function takenOut(object: Rendered): string | undefined {
  const out = filtersTakenOut(object).find(
    (name) => name === every || name === checkFilter || name.startsWith('attache-'),
  )
  return out === undefined
    ? undefined
    : `takes ${out} out of Envoy, or puts another filter in its place`
}

/** A listener, or a part of one, that Istio's filters are not in. */
function ownListener(object: Rendered): string | undefined {
  const isOwn = patchesOf(object).some((patch) => {
    const parts = objectsIn(valueOf(patch))
    const adds = /^(?:ADD|INSERT_)/.test(operationOf(patch) ?? '')
    return (
      adds &&
      isInbound(patch) &&
      parts.some((part) => part['@type'] === managerType) &&
      !parts.some((part) => part['name'] === checkFilter)
    )
  })
  return isOwn ? `adds an HTTP connection manager without ${checkFilter}` : undefined
}

function otherRouteName(object: Rendered): string | undefined {
  const told = settingsWith(object, 'header').find(
    (header) =>
      textAt(header, 'key')?.toLowerCase() === routeHeader &&
      textAt(header, 'value') !== routeFormat,
  )
  if (told === undefined) return undefined
  return `sets ${routeHeader} to "${textAt(told, 'value') ?? ''}"`
}
