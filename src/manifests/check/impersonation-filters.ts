import { headersReadBy } from '../expression-headers.ts'
import { isListed, routeHeader } from '../header-lists.ts'
import { checkSettingsOf, managerSettingsOf, type Script, settingsWith } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, fault, warning } from './finding.ts'
import { transportOf } from './installation.ts'
import { listAt, numberAt, textAt, textsAt, type Unread } from './values.ts'

/** What the appender answers when it fails, which no other script says. */
const appenderMark = 'attache appender failed'

/** What routes with `identity: impersonate` need; nothing where there is none. */
export function checkImpersonation(filters: Filters): readonly Finding[] {
  const { policy, installation } = filters
  const { routes } = installation.config
  if (!routes.some(({ identity }) => identity === 'impersonate')) return []
  const lines =
    transportOf(installation, policy) === 'grpc'
      ? checkAppender(filters)
      : checkAppendLists(filters)
  return [...lines, ...checkRoutes(filters), ...checkStreams(filters)]
}

/** Whether Attaché's credential can go only where a VirtualService that the configuration names leads. */
function checkRoutes({ policy, installation, objects }: Filters): readonly Finding[] {
  const { routes } = installation.config
  const open = routes
    .filter(({ identity }) => identity === 'impersonate')
    .filter(({ when }) => !headersReadBy(when?.source ?? '').names.includes(routeHeader))
    .map(({ name }) =>
      fault(policy.object, {
        what: `is of ${name}, whose "when" does not ask for ${routeHeader}`,
        effect:
          "Istio may send the host elsewhere than to the API server: by a path of '*' at another port, or by a VirtualService of a tenant. A pod of a tenant gets Attaché's credential for the API server then",
        fix: `set when: request.headers["${routeHeader}"].endsWith("/namespaces/NAMESPACE/virtual-service/NAME"), of the VirtualService that leads to the API server`,
      }),
    )
  const told = objects
    .flatMap((object) => settingsWith(object, 'append'))
    .some((append) => textAt(append, 'header', 'key')?.toLowerCase() === routeHeader)
  if (told) return open
  return [
    ...open,
    fault(policy.object, {
      what: `has no EnvoyFilter beside it that tells ${routeHeader}`,
      effect: 'a route that asks for it denies every request for the API server',
      fix: 'add the EnvoyFilter "…-impersonation" that attache manifests prints for the gateway',
    }),
  ]
}

/** Whether somebody has put anything there that routes with `identity: impersonate` alone need. */
export function isForImpersonation({ objects, scripts }: Filters): boolean {
  return (
    scripts.some(({ source }) => source.includes(appenderMark)) ||
    objects.flatMap(managerSettingsOf).flatMap(upgradesIn).includes('SPDY/3.1')
  )
}

function upgradesIn(manager: Unread): readonly (string | undefined)[] {
  return listAt(manager, 'upgrade_configs').map((entry) =>
    textAt(entry, 'upgrade_type')?.toUpperCase(),
  )
}

function checkAppender({ policy, installation, scripts }: Filters): readonly Finding[] {
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
  return misplacedAppender(first, filtersAfterTokens(policy, installation))
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

const appended = ['impersonate-group', 'impersonate-extra-'] as const

function checkAppendLists({ policy, installation, objects }: Filters): readonly Finding[] {
  const patterns = objects
    .flatMap(checkSettingsOf)
    .flatMap((one) =>
      listAt(
        one,
        'http_service',
        'authorization_response',
        'allowed_upstream_headers_to_append',
        'patterns',
      ),
    )
  const findings: Finding[] = []
  for (const name of appended) {
    if (patterns.some((pattern) => appends(pattern, name))) continue
    findings.push(
      fault(policy.object, {
        what: `has no EnvoyFilter beside it that lists "${name}" in allowed_upstream_headers_to_append`,
        effect:
          'groups and extras never reach the API server: users lose the rights that they have by a group',
        fix: 'add the EnvoyFilter "…-impersonation" that attache manifests prints for the gateway',
      }),
    )
  }
  const provider = installation.ownProviders.find(({ name }) => name === policy.provider)
  const set = textsAt(provider?.settings, 'headersToUpstreamOnAllow')
  const both = appended.filter((name) => {
    return isListed(set, name) && !patterns.some((pattern) => appends(pattern, name))
  })
  for (const name of both) {
    findings.push(
      fault(provider?.object, {
        what: `headersToUpstreamOnAllow has "${name}", which nothing appends`,
        effect:
          'of all groups the last one alone reaches the API server: users lose the rights that they have by another',
        fix: 'remove it there, and append it by the EnvoyFilter "…-impersonation"',
      }),
    )
  }
  return findings
}

function appends(pattern: Unread, name: string): boolean {
  const prefix = textAt(pattern, 'prefix')
  if (prefix !== undefined) return name.startsWith(prefix.toLowerCase())
  return textAt(pattern, 'exact')?.toLowerCase() === name
}

function checkStreams({ policy, installation, objects }: Filters): readonly Finding[] {
  const managers = objects.flatMap(managerSettingsOf)
  const { maxHeaderLines } = installation.config.impersonate
  const upgrades = managers.flatMap(upgradesIn)
  const counts = managers.map(
    (manager) => numberAt(manager, 'common_http_protocol_options', 'max_headers_count') ?? 0,
  )
  const fix = 'add the EnvoyFilter "…-impersonation" that attache manifests prints for the gateway'
  return [
    ...(upgrades.includes('SPDY/3.1')
      ? []
      : [
          warning(policy.object, {
            what: 'has no EnvoyFilter beside it that allows SPDY/3.1',
            effect: 'kubectl exec, attach, port-forward and cp of older clients end in 403',
            fix,
          }),
        ]),
    ...(Math.max(0, ...counts) > maxHeaderLines
      ? []
      : [
          warning(policy.object, {
            what: `has no EnvoyFilter beside it that allows more than impersonate.maxHeaderLines (${maxHeaderLines}) headers`,
            effect: 'whoever has about a hundred groups gets 500 from Envoy',
            fix,
          }),
        ]),
  ]
}
