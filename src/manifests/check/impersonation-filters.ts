import { headersReadBy } from '../expression-headers.ts'
import { routeHeader } from '../header-lists.ts'
import { checkAppendLists } from './append-lists.ts'
import { checkAppender } from './appender.ts'
import { managerSettingsOf, settingsWith } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, fault, warning } from './finding.ts'
import { transportOf } from './installation.ts'
import { appenderMark } from './scripts.ts'
import { listAt, numberAt, textAt, type Unread } from './values.ts'

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
