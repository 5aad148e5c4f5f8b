/** Who may come in, as the NetworkPolicies of a namespace say together; only the forms that are used here. */
import type { KubeObject } from '../support/kube-apply.ts'

type Labels = Readonly<Record<string, string>>

export interface Pod {
  readonly namespace: Labels
  readonly pod: Labels
}

interface Selector {
  readonly matchLabels?: Labels
}

interface Peer {
  readonly namespaceSelector?: Selector
  readonly podSelector?: Selector
}

interface Spec {
  readonly podSelector: Selector
  readonly ingress?: readonly {
    readonly from?: readonly Peer[]
    readonly ports?: readonly { readonly port: string | number }[]
  }[]
}

/**
 * The ports that `from` reaches at a pod with these labels, by the names that policies give them; undefined:
 * all of them, as no policy is about that pod.
 */
export function reachablePorts(
  objects: readonly KubeObject[],
  to: { readonly namespace: string; readonly pod: Labels },
  from: Pod,
): readonly string[] | undefined {
  const policies = objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === to.namespace)
    .map((policy) => policy['spec'] as Spec)
    .filter(({ podSelector }) => selects(podSelector, to.pod))
  if (policies.length === 0) return undefined
  const namespace = { 'kubernetes.io/metadata.name': to.namespace }
  const rules = policies.flatMap(({ ingress = [] }) => ingress)
  const open = rules.filter(({ from: peers = [] }) =>
    peers.some(
      ({ namespaceSelector, podSelector }) =>
        selects(namespaceSelector ?? { matchLabels: namespace }, from.namespace) &&
        selects(podSelector ?? {}, from.pod),
    ),
  )
  return open.flatMap(({ ports = [] }) => ports.map(({ port }) => String(port))).toSorted()
}

function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
}
