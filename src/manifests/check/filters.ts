import { seesCertificates } from '../envoy-filters.ts'
import { configuredNames, frontProxyNames } from '../header-lists.ts'
import { preFilterSource } from '../lua.ts'
import { checkSettingsOf } from './filter-patches.ts'
import { type Finding, fault, warning } from './finding.ts'
import { checkForeignFilters } from './foreign-filters.ts'
import { checkImpersonation, isForImpersonation } from './impersonation-filters.ts'
import { type CustomPolicy, type Installation, transportOf } from './installation.ts'
import { checkMutations } from './mutation-rules.ts'
import type { Rendered } from './rendered.ts'
import { preFilterMark, type Script, scriptsOf } from './scripts.ts'
import { checkUnderscores } from './underscores.ts'
import { at, listAt, textAt } from './values.ts'
import { weakenedBy } from './weakened.ts'

/** What stands in Envoy beside the check, at each place where Attaché is asked. */
export interface Filters {
  readonly policy: CustomPolicy
  readonly installation: Installation
  readonly objects: readonly Rendered[]
  readonly scripts: readonly Script[]
}

/** Filters before and after the check, and what patches make of the check itself. */
export function checkFilters(installation: Installation): readonly Finding[] {
  const { ownPolicies, ofKind, meets } = installation
  const all = ['EnvoyFilter', 'TrafficExtension', 'WasmPlugin'].flatMap(ofKind)
  const places = ownPolicies.map((policy): Filters => {
    const objects = all.filter((object) => meets(policy, object))
    return { policy, installation, objects, scripts: objects.flatMap(scriptsOf) }
  })
  // Not every gateway leads to an API server, and no object says which: the one that has anything for it.
  const acting = places.filter(isForImpersonation)
  return [
    ...places.flatMap((place) => [
      ...checkPreFilter(place),
      ...checkMerges(place),
      ...checkMutations(place),
      ...place.objects.flatMap(weakenedBy),
      ...checkForeignFilters(place),
    ]),
    ...(acting.length > 0 ? acting : places).flatMap(checkImpersonation),
  ]
}

function checkPreFilter(filters: Filters): readonly Finding[] {
  const { policy, installation, scripts } = filters
  const found = scripts.filter(({ source }) => source.includes(preFilterMark))
  const [first] = found
  if (first === undefined) {
    return [
      fault(policy.object, {
        what: 'has no pre-filter (istio/pre-filter.lua) beside it',
        effect:
          "a request that is not checked carries whatever identity headers its client has written; over HTTP a client's own groups stay beside Attaché's; kubectl --as is refused",
        fix: 'add the EnvoyFilter that attache manifests prints for the gateway',
      }),
    ]
  }
  const early = found.some(({ stage }) => stage === 'first' || stage === 'beforeCheck')
  return [
    ...(early ? [] : [misplacedPreFilter(first)]),
    ...checkTables(first, installation),
    ...checkUnderscores(filters),
  ]
}

function misplacedPreFilter({ object }: Script): Finding {
  return fault(object, {
    what: 'puts the pre-filter behind the check, or where no request passes',
    effect:
      "behind the check it takes Attaché's own identity headers away: upstreams see nobody, and the API server the gateway's own credential",
    fix: 'insert it with INSERT_FIRST in context GATEWAY (SIDECAR_INBOUND for a waypoint); a TrafficExtension always stands behind the check',
  })
}

/** Names of the configuration that the script's tables lack. */
function checkTables({ object, source }: Script, { config }: Installation): readonly Finding[] {
  if (source.trim() === preFilterSource(config).trim()) return []
  const prefixes = ['kubeflow-', 'x-remote-', 'impersonate-']
  const names = [...configuredNames(config), ...frontProxyNames(config)]
  const missing = names
    .map((name) => name.replace(/\*$/, ''))
    .filter((name) => !source.includes(`"${name}"`))
    .filter((name) => {
      return !prefixes.some((prefix) => name.startsWith(prefix) && source.includes(`"${prefix}"`))
    })
  if (missing.length === 0) {
    return [
      warning(object, {
        what: 'has another pre-filter than this version of Attaché',
        effect: 'what a client may not send is taken away as that version knew it',
        fix: 'print it again with attache manifests',
      }),
    ]
  }
  return [
    fault(object, {
      what: `has a pre-filter that does not know ${missing.map((name) => `"${name}"`).join(', ')}`,
      effect:
        "a client's own headers of that name reach the upstream on requests that are not checked, and a front proxy's are not read",
      fix: 'print it again with attache manifests',
    }),
  ]
}

function checkMerges({ policy, installation, objects }: Filters): readonly Finding[] {
  const { config } = installation
  const settings = objects.flatMap(checkSettingsOf)
  const isGrpc = transportOf(installation, policy) === 'grpc'
  const findings: Finding[] = []
  if (isGrpc && seesCertificates(config)) {
    if (!settings.some((one) => at(one, 'include_peer_certificate') === true)) {
      findings.push(
        fault(policy.object, {
          what: 'has no EnvoyFilter beside it that sets include_peer_certificate',
          effect:
            'Attaché never sees the certificate that a client has shown: nobody is known by one',
          fix: 'add the EnvoyFilter "…-check" that attache manifests prints for the gateway',
        }),
      )
    }
  }
  const showsSecret = settings.some((one) => {
    const metadata = listAt(one, 'grpc_service', 'initial_metadata')
    return metadata.some((entry) => textAt(entry, 'key') === 'x-attache-caller')
  })
  if (isGrpc && config.listen.callerSecret !== undefined && !showsSecret) {
    findings.push(
      fault(policy.object, {
        what: 'has no EnvoyFilter beside it that adds x-attache-caller to initial_metadata',
        effect:
          "Attaché takes nobody without listen.callerSecretFile's secret for the gateway: every request is denied",
        fix: 'add the EnvoyFilter "…-check" that attache manifests prints for the gateway',
      }),
    )
  }
  return findings
}
