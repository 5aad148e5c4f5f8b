import { rootNamespace } from '../place.ts'
import type { Rendered } from './rendered.ts'
import { at, labelsAt, listAt, textAt } from './values.ts'

/** Which workloads a policy is about. */
export interface Attachment {
  readonly namespace: string
  /** Empty: all of the namespace, or of the mesh. */
  readonly labels: Readonly<Record<string, string>>
  /** `kind/name`; empty where labels say it. */
  readonly targets: readonly string[]
}

/** Pods that are known by the objects that make them. */
export interface Pods {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** Where an AuthorizationPolicy, a RequestAuthentication, an EnvoyFilter or a TrafficExtension applies. */
export function attachmentOf({ namespace, value }: Rendered): Attachment {
  const single = at(value, 'spec', 'targetRef')
  const refs = [...listAt(value, 'spec', 'targetRefs'), ...(single === undefined ? [] : [single])]
  const targets = refs.map((ref) => `${textAt(ref, 'kind') ?? ''}/${textAt(ref, 'name') ?? ''}`)
  const labels = {
    ...labelsAt(value, 'spec', 'selector', 'matchLabels'),
    ...labelsAt(value, 'spec', 'workloadSelector', 'labels'),
  }
  return { namespace, labels, targets }
}

/**
 * Whether some workload may be under both. With known pods it is one of theirs; otherwise whatever labels do
 * not exclude each other: a fault too many is read by somebody, one too few by nobody.
 */
export function overlap(
  [one, other]: readonly [Attachment, Attachment],
  pods: readonly Pods[],
): boolean {
  if (one.targets.length > 0 && other.targets.length > 0) {
    const shared = one.targets.some((target) => other.targets.includes(target))
    return shared && one.namespace === other.namespace
  }
  if (one.targets.length > 0) return reaches(one, other) && isOfTarget(one, other)
  if (other.targets.length > 0) return reaches(one, other) && isOfTarget(other, one)
  const known = pods.filter((pod) => selects(one, pod))
  if (known.length > 0) return known.some((pod) => selects(other, pod))
  return reaches(one, other) && isCompatible(one.labels, other.labels)
}

/** Whether a policy selects by labels, and none of the gateways whose pods are known in its namespace. */
export function missesGateways(policy: Attachment, pods: readonly Pods[]): boolean {
  // Pods of a Gateway are made in the cluster, and no file has them.
  if (policy.targets.length > 0 || gatewayLabel in policy.labels) return false
  const gateways = pods.filter(
    ({ namespace, labels }) => namespace === policy.namespace && labels['app'] !== 'istiod',
  )
  if (gateways.length > 0) return !pods.some((pod) => selects(policy, pod))
  // Of pods of another namespace, which it does not reach.
  const wanted = { ...policy, namespace: rootNamespace }
  return policy.namespace !== rootNamespace && pods.some((pod) => selects(wanted, pod))
}

/** By which Istio's pods for a Gateway say whose they are. */
export const gatewayLabel = 'gateway.networking.k8s.io/gateway-name'

/** Whether labels are about the pods of a Gateway: those that it gives them, or none at all. */
function isOfTarget({ targets }: Attachment, { labels }: Attachment): boolean {
  return Object.entries(labels).every(
    ([key, label]) => key === gatewayLabel && targets.includes(`Gateway/${label}`),
  )
}

/** Whether a policy that selects by labels is about pods. */
export function selects({ namespace, labels }: Attachment, pods: Pods): boolean {
  if (namespace !== pods.namespace && namespace !== rootNamespace) return false
  return Object.entries(labels).every(([key, label]) => pods.labels[key] === label)
}

function reaches(one: Attachment, other: Attachment): boolean {
  return (
    one.namespace === other.namespace ||
    [one, other].some(({ namespace }) => namespace === rootNamespace)
  )
}

function isCompatible(one: Attachment['labels'], other: Attachment['labels']): boolean {
  return Object.entries(one).every(([key, label]) => (other[key] ?? label) === label)
}
