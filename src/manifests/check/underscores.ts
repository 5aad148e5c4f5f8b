import { managerSettingsOf } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, warning } from './finding.ts'
import type { Rendered } from './rendered.ts'
import { at, type Unread } from './values.ts'

/** Values of Envoy's enumeration that keep such names from upstreams. */
const safe: ReadonlySet<Unread> = new Set(['REJECT_REQUEST', 1, 'DROP_HEADER', 2])

const effect =
  'on a request that is not checked some upstreams read Kubeflow_Userid as kubeflow-userid'

/** Whether names with an underscore reach upstreams. */
export function checkUnderscores({ policy, objects }: Filters): readonly Finding[] {
  const actions = objects.flatMap((object) => {
    return actionsOf(object).map((action) => ({ object, action }))
  })
  const allowed = actions.filter(({ action }) => !safe.has(action))
  const isSafe = actions.length > allowed.length
  if (actions.length === 0) {
    return [
      warning(policy.object, {
        what: 'has no EnvoyFilter beside it that refuses names with an underscore',
        effect,
        fix: 'add the EnvoyFilter "…-pre-filter" that attache manifests prints for the gateway',
      }),
    ]
  }
  return allowed.map(({ object, action }) =>
    warning(object, {
      what: `sets headers_with_underscores_action: ${String(action)}`,
      effect: isSafe
        ? `nothing, as istiod merges no value that is the default; without the other EnvoyFilter, ${effect}`
        : effect,
      fix: 'set REJECT_REQUEST, as attache manifests prints it',
    }),
  )
}

function actionsOf(object: Rendered): readonly Unread[] {
  return managerSettingsOf(object)
    .map((manager) =>
      at(manager, 'common_http_protocol_options', 'headers_with_underscores_action'),
    )
    .filter((action) => action !== undefined)
}
