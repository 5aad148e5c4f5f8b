import { appenderSource } from '../lua.ts'
import { operationOf, patchesOf, settingsOf, subFilter } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { appenderMark, type Script } from './scripts.ts'
import { at } from './values.ts'

/** Over gRPC: whether the lines that an answer names in metadata are added, where they should be. */
export function checkAppender({
  policy,
  installation,
  objects,
  scripts,
}: Filters): readonly Finding[] {
  const found = scripts.filter(({ source }) => source.includes(appenderMark))
  const [first] = found
  if (first === undefined) {
    const { credential } = installation.config.impersonate
    return [
      fault(policy.object, {
        what: 'has no appender (istio/appender.lua) beside it',
        effect:
          credential === 'append'
            ? 'requests for the API server go on without groups and without its credential: 401, or the rights of nobody'
            : 'requests for the API server go on without groups and extras: users lose the rights that they have by a group',
        fix: 'add the EnvoyFilter or the TrafficExtension that attache manifests prints for the gateway',
      }),
    ]
  }
  return [
    ...misplacedAppender(first, filtersAfterTokens(policy, installation)),
    ...found.flatMap((script) => [...otherVersion(script), ...rerouting(script, objects)]),
  ]
}

type Policy = Filters['policy']

/** Whether some RequestAuthentication is there, which an appended credential must not meet. */
function filtersAfterTokens(policy: Policy, installation: Filters['installation']): boolean {
  const { meets, ofKind, config } = installation
  const there = ofKind('RequestAuthentication').some((object) => meets(policy, object))
  return there && config.impersonate.credential === 'append'
}

function misplacedAppender({ object, stage }: Script, meetsTokens: boolean): readonly Finding[] {
  const fix =
    'insert it with INSERT_BEFORE envoy.filters.http.router in context GATEWAY (SIDECAR_INBOUND for a waypoint), or as a TrafficExtension without phase'
  if (stage === 'first' || stage === 'beforeCheck') {
    return [
      fault(object, {
        what: 'puts the appender before the check',
        effect:
          'it finds nothing to add: requests for the API server go on without groups and extras',
        fix,
      }),
    ]
  }
  if (stage === 'nowhere') {
    return [
      fault(object, {
        what: 'puts the appender where no request passes',
        effect: 'requests for the API server go on without groups and extras',
        fix,
      }),
    ]
  }
  if (stage === 'afterCheck' && meetsTokens) {
    return [
      fault(object, {
        what: 'puts the appender before jwt_authn, and impersonate.credential is append',
        effect:
          'Istio refuses the credential for the API server, which is of no issuer that is listed: 401 "Jwt issuer is not configured"',
        fix,
      }),
    ]
  }
  return []
}

function otherVersion({ object, source }: Script): readonly Finding[] {
  if (source.trim() === appenderSource().trim()) return []
  return [
    warning(object, {
      what: 'has another appender than this version of Attaché',
      effect: 'it adds what answers of that version name in metadata',
      fix: 'print it again with attache manifests',
    }),
  ]
}

/** Envoy's own default is to choose the route again after a script that has changed a header. */
function rerouting(
  { object, name, settings }: Script,
  objects: readonly Rendered[],
): readonly Finding[] {
  const merged = objects
    .flatMap(patchesOf)
    .filter((patch) => operationOf(patch) === 'MERGE' && subFilter(patch) === name)
    .map(settingsOf)
  const said = [settings, ...merged].map((one) => at(one, 'clear_route_cache'))
  // That it is true is said of whoever sets it.
  if (said.some((value) => value !== undefined)) return []
  return [
    fault(object, {
      what: 'has an appender without clear_route_cache: false',
      effect:
        "Envoy chooses the route anew by the headers that it adds: a VirtualService of a tenant that matches them gets Attaché's credential for the API server",
      fix:
        object.kind === 'TrafficExtension'
          ? 'add the EnvoyFilter "…-impersonation" that attache manifests --appender traffic-extension prints, which sets it'
          : 'print it again with attache manifests',
    }),
  ]
}
