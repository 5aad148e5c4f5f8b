import { type Finding, fault } from './finding.ts'
import type { Installation } from './installation.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { ownService, targetOf } from './service-port.ts'
import { at, labelsAt, listAt, numberAt, textAt, textsAt, type Unread } from './values.ts'

/** Where the configuration trusts the network: whether a NetworkPolicy keeps everybody but gateways out. */
export function checkNetworkPolicies(installation: Installation): readonly Finding[] {
  const { config, ofKind } = installation
  const { trustNetwork, callerSecret, tls } = config.listen
  if (!trustNetwork || callerSecret !== undefined || tls?.clientCA !== undefined) return []
  const service = ownService(installation)
  // That it is not here is said with its port.
  if (service === undefined) return []
  const labels = labelsAt(service.value, 'spec', 'selector')
  const policies = ofKind('NetworkPolicy').filter(
    ({ namespace, value }) =>
      namespace === service.namespace && isAboutIngress(value) && isAbout(value, labels),
  )
  if (policies.length === 0) {
    return [
      fault(service, {
        what: `has no NetworkPolicy beside it, and listen.trustNetwork is true`,
        effect:
          "every pod of the cluster may ask as if it were the gateway, and an answer holds Attaché's credential or somebody's identity token",
        fix: 'add a NetworkPolicy that lets the gateways alone reach the check ports, as kustomize/base has one',
      }),
    ]
  }
  const ports = checkPorts(installation, service)
  return policies.flatMap((policy) => openRules(policy, ports))
}

function isAboutIngress(value: Unread): boolean {
  const types = textsAt(value, 'spec', 'policyTypes')
  return types.length === 0 || types.includes('Ingress')
}

function isAbout(value: Unread, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(labelsAt(value, 'spec', 'podSelector', 'matchLabels'))
  // What expressions say is not looked at: such a policy counts as one for these pods.
  return wanted.every(([key, label]) => (labels[key] ?? label) === label)
}

/** Numbers in the pod and names of the ports for checks. */
function checkPorts(installation: Installation, service: Rendered): ReadonlySet<number | string> {
  const { grpc, http } = installation.config.listen
  const numbers = [grpc, http].flatMap((address) => (address?.kind === 'tcp' ? [address.port] : []))
  const named = listAt(service.value, 'spec', 'ports')
    .filter((port) => numbers.includes(targetOf(port, { service, installation }) ?? 0))
    .map((port) => textAt(port, 'targetPort') ?? '')
  return new Set([...numbers, ...named])
}

function openRules(policy: Rendered, ports: ReadonlySet<number | string>): readonly Finding[] {
  const open = listAt(policy.value, 'spec', 'ingress').some((rule) => {
    const listed = listAt(rule, 'ports')
    const isChecked = listed.length === 0 || listed.some((port) => includesPort(port, ports))
    return isChecked && isOpen(rule)
  })
  if (!open) return []
  return [
    fault(policy, {
      what: `lets everybody reach the check ports, and listen.trustNetwork is true`,
      effect: 'every pod of the cluster may ask Attaché as if it were the gateway',
      fix: `name the gateways' pods in "from" of ${nameOf(policy)}`,
    }),
  ]
}

function includesPort(port: Unread, ports: ReadonlySet<number | string>): boolean {
  const number = numberAt(port, 'port')
  const last = numberAt(port, 'endPort')
  if (number === undefined)
    return at(port, 'port') === undefined || ports.has(textAt(port, 'port') ?? '')
  if (last === undefined) return ports.has(number)
  return [...ports].some((one) => typeof one === 'number' && one >= number && one <= last)
}

/** No `from`, or one that is everybody. */
function isOpen(rule: Unread): boolean {
  const from = listAt(rule, 'from')
  if (from.length === 0) return true
  return from.some((peer) => {
    const cidr = textAt(peer, 'ipBlock', 'cidr')
    // Two halves are everybody, too.
    if (cidr !== undefined) return Number(cidr.split('/')[1]) < 8
    const namespaces = at(peer, 'namespaceSelector')
    // Whoever may make pods in some namespace gives them the labels of a gateway's.
    return namespaces !== undefined && isEveryone(namespaces)
  })
}

function isEveryone(selector: Unread): boolean {
  const labels = Object.keys(labelsAt(selector, 'matchLabels'))
  return labels.length === 0 && listAt(selector, 'matchExpressions').length === 0
}
