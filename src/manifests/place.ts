import type { ObjectName } from './manifest.ts'
import type { ManifestOptions } from './options.ts'

/** Where Attaché can stand. `mesh` is what all of Istio's have in common. */
export const places = [
  'mesh',
  'ingress-gateway',
  'cluster-local-gateway',
  'kubernetes-gateway',
  'waypoint',
  'envoy-gateway',
] as const

export type Place = (typeof places)[number]

/** Those whose Envoys istiod configures. */
export type IstioPlace = Exclude<Place, 'mesh' | 'envoy-gateway'>

/** Istio's root namespace; Kubeflow and every usual installation have this one. */
export const rootNamespace = 'istio-system'

/** Where mesh configuration of ours is. */
export const meshConfigName = 'istio-attache'

/** What every place is called when nobody says otherwise. */
const usualGateways: Readonly<Record<Exclude<Place, 'mesh'>, ObjectName>> = {
  'ingress-gateway': { namespace: rootNamespace, name: 'istio-ingressgateway' },
  'cluster-local-gateway': { namespace: rootNamespace, name: 'cluster-local-gateway' },
  'kubernetes-gateway': { namespace: 'kubeflow', name: 'kubeflow-gateway' },
  waypoint: { namespace: 'kubeflow', name: 'waypoint' },
  'envoy-gateway': { namespace: 'kubeflow', name: 'kubeflow-gateway' },
}

/** An Envoy of Istio's, as policies and EnvoyFilters name it. */
export interface Standing {
  /** Of the gateway, and of all objects that are about it. */
  readonly gateway: ObjectName
  /** For policies and TrafficExtensions. */
  readonly attachment: object
  /** For EnvoyFilters, which write a selector in another way. */
  readonly filterAttachment: object
  /** `match` of an EnvoyFilter's patches to the HTTP listeners. */
  readonly match: { readonly context: string; readonly listener: { readonly name?: string } }
}

/** The gateway of a place. */
export function gatewayOf(
  place: Exclude<Place, 'mesh'>,
  { gateway }: Pick<ManifestOptions, 'gateway'>,
): ObjectName {
  return gateway ?? usualGateways[place]
}

/** How a place of Istio's is addressed. */
export function standingAt(place: IstioPlace, options: Pick<ManifestOptions, 'gateway'>): Standing {
  const gateway = gatewayOf(place, options)
  if (place === 'ingress-gateway' || place === 'cluster-local-gateway') {
    const labels = { app: gateway.name }
    return {
      gateway,
      attachment: { selector: { matchLabels: labels } },
      filterAttachment: { workloadSelector: { labels } },
      match: { context: 'GATEWAY', listener: {} },
    }
  }
  const target = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: gateway.name }
  const attachment = { targetRefs: [target] }
  const isWaypoint = place === 'waypoint'
  return {
    gateway,
    attachment,
    filterAttachment: attachment,
    // A waypoint's requests come out of tunnels, and are HTTP in its inner listener alone.
    match: isWaypoint
      ? { context: 'SIDECAR_INBOUND', listener: { name: 'main_internal' } }
      : { context: 'GATEWAY', listener: {} },
  }
}

/** Metadata of an object of ours for a gateway; its name begins with the gateway's. */
export function named({ gateway }: Pick<Standing, 'gateway'>, purpose?: string): ObjectName {
  const suffix = purpose === undefined ? '' : `-${purpose}`
  return { namespace: gateway.namespace, name: `${gateway.name}-attache${suffix}` }
}
