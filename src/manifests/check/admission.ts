import type { Gateway, Installation } from './installation.ts'
import { gatewaysOf } from './installation.ts'
import { type Labelled, type Selected, selectedBy } from './label-selectors.ts'
import { at, entriesAt, labelsAt, listAt, textAt, textsAt, type Unread } from './values.ts'

/** By which Kubernetes itself says what a namespace is called. */
const nameLabel = 'kubernetes.io/metadata.name'

/** As Kubeflow's profiles make namespaces; its owner may label pods there, and not the namespace. */
const tenant: Labelled = {
  labels: {
    [nameLabel]: 'a namespace of a tenant',
    'app.kubernetes.io/part-of': 'kubeflow-profile',
    'istio-injection': 'enabled',
    'katib.kubeflow.org/metrics-collector-injection': 'enabled',
    'pipelines.kubeflow.org/enabled': 'true',
    'serving.kubeflow.org/inferenceservice': 'enabled',
  },
  isComplete: true,
}

/** Whether a rule of a NetworkPolicy is for whoever comes: no `from`, or one that is everybody. */
export function admitsEverybody(rule: Unread): boolean {
  const from = listAt(rule, 'from')
  if (from.length === 0) return true
  return from.some((peer) => {
    const cidr = textAt(peer, 'ipBlock', 'cidr')
    // Two halves are everybody, too.
    if (cidr !== undefined) return Number(cidr.split('/')[1]) < 8
    const namespaces = at(peer, 'namespaceSelector')
    // Whoever may make pods in some namespace gives them the labels of a gateway's.
    return namespaces !== undefined && selectsAll(namespaces)
  })
}

function selectsAll(selector: Unread): boolean {
  const labels = entriesAt(selector, 'matchLabels')
  return labels.length === 0 && listAt(selector, 'matchExpressions').length === 0
}

/** Whether its namespaces are those of tenants too, whatever it says of pods. */
export function admitsTenants(rule: Unread): boolean {
  return listAt(rule, 'from').some((peer) => {
    const namespaces = at(peer, 'namespaceSelector')
    return namespaces !== undefined && selectedBy(namespaces, tenant) !== 'no'
  })
}

/** Whom it lets in besides gateways that ask Attaché, in words. */
export function strangersOf(rule: Unread, installation: Installation): readonly string[] {
  const gateways = installation.ownPolicies.flatMap((policy) => gatewaysOf(policy, installation))
  // Those of Envoy Gateway nobody knows.
  if (gateways.length === 0) return []
  const known = new Set(gateways.map(({ namespace }) => namespace))
  return listAt(rule, 'from').flatMap((peer) => {
    const named = namesIn(at(peer, 'namespaceSelector'))
    const foreign = named.filter((name) => !known.has(name))
    const own = named.filter((name) => known.has(name))
    return [
      ...foreign.map((name) => `pods of namespace ${name}, where no gateway asks Attaché,`),
      ...own
        .filter((name) => admitsMore(peer, { namespace: name, gateways, installation }))
        .map((name) => `other pods of namespace ${name} than the gateways`),
    ]
  })
}

/** The names of namespaces that a selector lists; empty where it says them by other labels. */
function namesIn(selector: Unread): readonly string[] {
  const label = labelsAt(selector, 'matchLabels')[nameLabel]
  if (label !== undefined) return [label]
  const expression = listAt(selector, 'matchExpressions').find(
    (one) => textAt(one, 'key') === nameLabel && textAt(one, 'operator') === 'In',
  )
  return textsAt(expression, 'values')
}

function admitsMore(
  peer: Unread,
  {
    namespace,
    gateways,
    installation,
  }: {
    readonly namespace: string
    readonly gateways: readonly Gateway[]
    readonly installation: Installation
  },
): boolean {
  const selector = at(peer, 'podSelector')
  const ofGateways = new Set(gateways.map(({ pod }) => pod.labels))
  const others = installation.pods
    .filter((pod) => pod.namespace === namespace && !ofGateways.has(pod.labels))
    .map(({ labels }): Labelled => ({ labels, isComplete: true }))
  const nobody: Labelled = { labels: {}, isComplete: true }
  return [nobody, ...others].some((pod) => selectedBy(selector, pod) === 'yes')
}

/** Whether a gateway may come in, or nobody can see that it may not. */
export function admitsGateway(rule: Unread, { namespace, labels, pod }: Gateway): boolean {
  const from = listAt(rule, 'from')
  if (from.length === 0) return true
  const itself: Labelled = { labels: { ...labels, [nameLabel]: namespace }, isComplete: false }
  return from.some((peer) => {
    if (at(peer, 'ipBlock') !== undefined) return true
    const namespaces = at(peer, 'namespaceSelector')
    // Without one it is about pods beside Attaché's.
    if (namespaces === undefined) return false
    const answers: readonly Selected[] = [
      selectedBy(namespaces, itself),
      selectedBy(at(peer, 'podSelector'), pod),
    ]
    return !answers.includes('no')
  })
}
