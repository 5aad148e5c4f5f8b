import { missesGateways } from './attachment.ts'
import { ownSecurityPolicies } from './envoy-gateway-policies.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { CustomPolicy, Installation } from './installation.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { at, entriesAt, listAt, textAt, textsAt, type Unread } from './values.ts'

/** Whether every request is checked, and by Attaché alone. */
export function checkCustomPolicies(installation: Installation): readonly Finding[] {
  const { ownPolicies } = installation
  return [
    ...nobodyAsks(installation),
    ...ownPolicies.flatMap((policy) => [
      ...misdirected(policy, installation),
      ...dryRun(policy.object),
      ...uncovered(policy.object),
    ]),
    ...others(installation),
    ...unusedProviders(installation),
  ]
}

function nobodyAsks(installation: Installation): readonly Finding[] {
  const { ownProviders, ownPolicies, customPolicies } = installation
  if (ownPolicies.length > 0 || ownSecurityPolicies(installation).length > 0) return []
  // What is missing then is the provider, which is said elsewhere.
  if (ownProviders.length === 0 && customPolicies.length > 0) return []
  const names = ownProviders.map(({ name }) => `"${name}"`).join(' or ')
  return [
    fault(undefined, {
      what: `no AuthorizationPolicy with action CUSTOM asks ${names === '' ? 'Attaché' : `the provider ${names}`}`,
      effect: 'nobody asks Attaché, and every request passes unchecked',
      fix: 'add what attache manifests prints for the gateway',
    }),
  ]
}

function misdirected(
  { object, attachment }: CustomPolicy,
  { pods }: Installation,
): readonly Finding[] {
  if (!missesGateways(attachment, pods)) return []
  const labels = Object.entries(attachment.labels).map(([key, label]) => `${key}: ${label}`)
  return [
    fault(object, {
      what: `selects ${labels.join(', ')}, and no Deployment in these files has pods with that`,
      effect: 'no gateway asks Attaché, and every request passes unchecked',
      fix: "let spec.selector.matchLabels be labels of the gateway's pods",
    }),
  ]
}

function dryRun(object: Rendered): readonly Finding[] {
  if (textAt(object.value, 'metadata', 'annotations', 'istio.io/dry-run') !== 'true') return []
  return [
    fault(object, {
      what: 'has the annotation istio.io/dry-run',
      effect:
        'on a CUSTOM policy Istio denies what it should only try: every request ends in "RBAC: access denied"',
      fix: 'remove the annotation',
    }),
  ]
}

function uncovered(object: Rendered): readonly Finding[] {
  const rules = listAt(object.value, 'spec', 'rules')
  if (rules.some(isForAll)) return []
  if (rules.length === 0) {
    return [
      fault(object, {
        what: 'has no rules',
        effect: 'it is about no request: every one passes unchecked, and Istio refuses the object',
        fix: 'set rules: [{}]',
      }),
    ]
  }
  const paths = rules.map(excludedPaths)
  const [only] = paths
  if (paths.length === 1 && only !== undefined) {
    return [
      warning(object, {
        what: `leaves paths unchecked: ${only.join(', ')}`,
        effect:
          "such requests go upstream without anybody's identity, and an upstream such as Kubeflow's dashboard takes that for its administrator's",
        fix: 'nothing, if files alone are there; otherwise set rules: [{}] and say in a route of Attaché what is public',
      }),
    ]
  }
  const byToken = JSON.stringify(rules).toLowerCase().includes('request.headers[authorization]')
  return [
    fault(object, {
      what: 'has rules that are not about every request',
      effect: byToken
        ? 'requests with an Authorization header, or without one, pass unchecked, and whatever stands in the place of a token will do'
        : 'requests that they do not name pass unchecked',
      fix: 'set rules: [{}], and say in routes of Attaché what is public',
    }),
  ]
}

function isForAll(rule: Unread): boolean {
  return ['from', 'to', 'when'].every((key) => listAt(rule, key).length === 0)
}

/** The paths that a rule leaves out, if that is all that it says. */
function excludedPaths(rule: Unread): readonly string[] | undefined {
  const [to, ...more] = listAt(rule, 'to')
  if (more.length > 0 || ['from', 'when'].some((key) => listAt(rule, key).length > 0)) {
    return undefined
  }
  const said = entriesAt(to, 'operation').map(([key]) => key)
  return said.length === 1 && said[0] === 'notPaths'
    ? textsAt(to, 'operation', 'notPaths')
    : undefined
}

/** Policies of other providers where Attaché is asked. */
function others(installation: Installation): readonly Finding[] {
  const { customPolicies, ownPolicies, meets, istiods } = installation
  const allowed = istiods.some((istiod) => {
    const text = JSON.stringify(at(istiod.value, 'spec', 'template', 'spec', 'containers') ?? [])
    return /"PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS","value":"true"/.test(text)
  })
  const said = allowed ? warning : fault
  return customPolicies.flatMap((policy) => {
    const beside = ownPolicies.find(
      (own) => own.provider !== policy.provider && meets(own, policy.object),
    )
    if (beside === undefined || isSaidAlready({ policy, beside }, installation)) return []
    return [
      said(policy.object, {
        what: `asks the provider "${policy.provider}" where ${nameOf(beside.object)} asks "${beside.provider}"`,
        effect: allowed
          ? 'both are asked, and the first that answers sees what the client has sent: one may set what the other removes'
          : 'Istio takes one provider for a workload: it denies every request there ("RBAC: access denied")',
        fix: `delete it: kubectl -n ${policy.object.namespace} delete authorizationpolicy ${policy.object.name}`,
      }),
    ]
  })
}

/** Of two policies of our own one is told of. */
function isSaidAlready(
  { policy, beside }: { readonly policy: CustomPolicy; readonly beside: CustomPolicy },
  { ownPolicies }: Installation,
): boolean {
  const own = ownPolicies.indexOf(policy)
  return own !== -1 && own < ownPolicies.indexOf(beside)
}

function unusedProviders({
  ownProviders,
  customPolicies,
  ownPolicies,
}: Installation): readonly Finding[] {
  if (ownPolicies.length === 0) return []
  const used = new Set(customPolicies.map(({ provider }) => provider))
  return ownProviders
    .filter(({ name }) => !used.has(name))
    .map(({ object, name }) =>
      warning(object, {
        what: `no policy asks the provider "${name}"`,
        effect: 'it has no effect',
        fix: 'remove it, or name it in the policy that should ask it',
      }),
    )
}
