import { admitsEverybody, admitsGateway, admitsTenants, strangersOf } from './admission.ts'
import { type Finding, fault, warning } from './finding.ts'
import { type Gateway, gatewaysOf, type Installation } from './installation.ts'
import { selectedBy } from './label-selectors.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { containerPorts, ownService, targetOf } from './service-port.ts'
import { at, labelsAt, listAt, numberAt, textAt, textsAt, type Unread } from './values.ts'

/** Whether NetworkPolicies let the gateways ask, and nobody else where the configuration trusts the network. */
export function checkNetworkPolicies(installation: Installation): readonly Finding[] {
  const service = ownService(installation)
  // That it is not here is said with its port.
  if (service === undefined) return []
  const policies = policiesOf(service, installation)
  const isTrusted = trustsNetwork(installation)
  if (policies.length === 0) return isTrusted ? [unprotected(service)] : []
  const ports = checkPorts(service, installation)
  const rules = policies.flatMap((policy) =>
    listAt(policy.value, 'spec', 'ingress')
      .filter((rule) => isAboutChecks(rule, ports))
      .map((rule): Rule => ({ policy, rule })),
  )
  return [
    ...(isTrusted ? rules.flatMap((rule) => openTo(rule, installation)) : []),
    ...shutOut({ policies, rules }, installation),
  ]
}

interface Rule {
  readonly policy: Rendered
  readonly rule: Unread
}

/** Whether whoever reaches the ports for checks is taken for a gateway. */
function trustsNetwork({ config }: Installation): boolean {
  const { trustNetwork, callerSecret, tls } = config.listen
  return trustNetwork && callerSecret === undefined && tls?.clientCA === undefined
}

/** Those that say who may reach Attaché's pods. */
function policiesOf(service: Rendered, { ofKind, pods }: Installation): readonly Rendered[] {
  const labels = labelsAt(service.value, 'spec', 'selector')
  const own = pods.filter(
    (pod) =>
      pod.namespace === service.namespace &&
      Object.entries(labels).every(([key, label]) => pod.labels[key] === label),
  )
  const known =
    own.length > 0
      ? own.map((pod) => ({ labels: pod.labels, isComplete: true }))
      : [{ labels, isComplete: false }]
  return ofKind('NetworkPolicy').filter(({ namespace, value }) => {
    const types = textsAt(value, 'spec', 'policyTypes')
    const isAboutIngress = types.length === 0 || types.includes('Ingress')
    const selector = at(value, 'spec', 'podSelector')
    return (
      namespace === service.namespace &&
      isAboutIngress &&
      known.some((pod) => selectedBy(selector, pod) !== 'no')
    )
  })
}

function unprotected(service: Rendered): Finding {
  return fault(service, {
    what: `has no NetworkPolicy beside it, and listen.trustNetwork is true`,
    effect:
      "every pod of the cluster may ask as if it were the gateway, and an answer holds Attaché's credential or somebody's identity token",
    fix: 'add a NetworkPolicy that lets the gateways alone reach the check ports, as kustomize/base has one',
  })
}

/** Numbers in the pod and names of the ports for checks. */
function checkPorts(service: Rendered, installation: Installation): ReadonlySet<number | string> {
  const { grpc, http } = installation.config.listen
  const numbers = [grpc, http].flatMap((address) => (address?.kind === 'tcp' ? [address.port] : []))
  const named = listAt(service.value, 'spec', 'ports')
    .filter((port) => numbers.includes(targetOf(port, { service, installation }) ?? 0))
    .map((port) => textAt(port, 'targetPort') ?? '')
  const ofContainers = containerPorts(service, installation)
    .filter((port) => numbers.includes(numberAt(port, 'containerPort') ?? 0))
    .map((port) => textAt(port, 'name') ?? '')
  return new Set([...numbers, ...named, ...ofContainers])
}

function isAboutChecks(rule: Unread, ports: ReadonlySet<number | string>): boolean {
  const listed = listAt(rule, 'ports')
  return listed.length === 0 || listed.some((port) => includesPort(port, ports))
}

function includesPort(port: Unread, ports: ReadonlySet<number | string>): boolean {
  if ((textAt(port, 'protocol') ?? 'TCP') !== 'TCP') return false
  const number = numberAt(port, 'port')
  const last = numberAt(port, 'endPort')
  if (number === undefined)
    return at(port, 'port') === undefined || ports.has(textAt(port, 'port') ?? '')
  if (last === undefined) return ports.has(number)
  return [...ports].some((one) => typeof one === 'number' && one >= number && one <= last)
}

function openTo({ policy, rule }: Rule, installation: Installation): readonly Finding[] {
  const fix = `name the gateways' namespaces (kubernetes.io/metadata.name) and pods in "from" of ${nameOf(policy)}`
  const asGateway = 'may ask Attaché as if it were the gateway'
  if (admitsEverybody(rule)) {
    return [
      fault(policy, {
        what: 'lets everybody reach the check ports, and listen.trustNetwork is true',
        effect: `every pod of the cluster ${asGateway}`,
        fix,
      }),
    ]
  }
  if (admitsTenants(rule)) {
    return [
      fault(policy, {
        what: "lets pods of tenants' namespaces reach the check ports, and listen.trustNetwork is true",
        effect: `a notebook ${asGateway}`,
        fix,
      }),
    ]
  }
  return strangersOf(rule, installation).map((who) =>
    warning(policy, {
      what: `lets ${who} reach the check ports, and listen.trustNetwork is true`,
      effect: `whoever runs something there ${asGateway}`,
      fix,
    }),
  )
}

/** Gateways that no rule lets in. */
function shutOut(
  { policies, rules }: { readonly policies: readonly Rendered[]; readonly rules: readonly Rule[] },
  installation: Installation,
): readonly Finding[] {
  const isIn = (gateway: Gateway) => rules.some(({ rule }) => admitsGateway(rule, gateway))
  return installation.ownPolicies.flatMap((policy) => {
    const gateways = gatewaysOf(policy, installation)
    if (gateways.length === 0 || gateways.some(isIn)) return []
    // The one that lets somebody in says more than one that denies everything.
    const said = rules[0]?.policy ?? policies[0]
    return [
      fault(said, {
        what: `lets no pod in that ${nameOf(policy.object)} is about`,
        effect: 'Envoy gets no answer to any check: every request ends in 503',
        fix: 'name the pods and the namespace of that gateway in "from", as kustomize/base has it',
      }),
    ]
  })
}
