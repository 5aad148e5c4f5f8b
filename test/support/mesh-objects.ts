/** What a mesh of tests has besides the objects under test: Services on loopback, and what a plain Envoy needs. */
import { stringify } from 'yaml'
import { generationKey } from './istio-gateway.ts'
import { rootNamespace } from './istiod.ts'
import type { KubeObject } from './kube-apply.ts'

/** A namespace; Istio's own exists already. */
export function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** A Service of a cluster and what runs behind it on loopback. */
export interface LoopbackService {
  readonly name: string
  readonly namespace: string
  /** By the number that the Service shows: the port on 127.0.0.1. */
  readonly ports: Readonly<Record<number, number>>
  /** Default: `http`. What Istio takes the ports for, as `appProtocol`. */
  readonly appProtocol?: string
  /** Of its pods. Default: `app` is the name. */
  readonly labels?: Readonly<Record<string, string>>
}

/** The Service and its pod. */
export function loopbackService(service: LoopbackService): readonly KubeObject[] {
  const { name, namespace, ports, appProtocol = 'http', labels = { app: name } } = service
  const shown = Object.keys(ports).map(Number)
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        selector: labels,
        ports: shown.map((port) => ({
          name: `port-${port}`,
          port,
          targetPort: `port-${port}`,
          appProtocol,
        })),
      },
    },
    loopbackPod({
      name,
      namespace,
      labels,
      ports: Object.fromEntries(shown.map((port) => [`port-${port}`, ports[port] ?? 0])),
    }),
  ]
}

/** What Services select: a pod, by its labels and the names of its ports. */
export interface LoopbackPod {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** By the name of a container's port, which Services have as `targetPort`: the port on 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>
}

/**
 * In the place of a pod, as no EndpointSlice may have a loopback address: a Service selects it just as it
 * would the pod, so Services can be those that users apply.
 */
export function loopbackPod({ name, namespace, labels, ports }: LoopbackPod): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name, namespace },
    spec: { address: '127.0.0.1', labels, ports },
  }
}

/** A Gateway that listens on loopback alone; everything else of it is as Kubeflow has it. */
export function gatewayObject(options: {
  readonly name: string
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
  readonly port: number
}): KubeObject {
  const { name, namespace, selector, port: number } = options
  const server = { bind: '127.0.0.1', port: { number, name: 'http', protocol: 'HTTP' } }
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { selector, servers: [{ ...server, hosts: ['*'] }] },
  }
}

/** A VirtualService that sends paths which begin so to a Service. */
export function routeObject(options: {
  readonly name: string
  readonly namespace: string
  readonly gateways: readonly string[]
  /** Default: all. */
  readonly hosts?: readonly string[]
  /** Default: all. */
  readonly prefix?: string
  readonly to: { readonly host: string; readonly port: number }
}): KubeObject {
  const { name, namespace, gateways, hosts = ['*'], prefix = '/', to } = options
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: {
      hosts,
      gateways,
      http: [
        {
          match: [{ uri: { prefix } }],
          route: [{ destination: { host: to.host, port: { number: to.port } } }],
        },
      ],
    },
  }
}

/** A mesh configuration, in a ConfigMap that istiod reads. */
export function meshConfig(name: string, mesh: object): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: rootNamespace },
    data: { mesh: stringify(mesh) },
  }
}

/** Filters that Istio's image has and a plain Envoy has not. */
const istioOnlyFilters = ['istio.alpn', 'istio.stats']

/** Takes out what a plain Envoy does not know. */
export const plainEnvoy: KubeObject = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name: 'tests-plain-envoy', namespace: rootNamespace },
  spec: {
    configPatches: istioOnlyFilters.map((name) => ({
      applyTo: 'HTTP_FILTER',
      match: {
        context: 'GATEWAY',
        listener: {
          filterChain: {
            filter: { name: 'envoy.filters.network.http_connection_manager', subFilter: { name } },
          },
        },
      },
      patch: { operation: 'REMOVE' },
    })),
  },
}

/** A number in all listeners and routes, by which one sees that a gateway has what came before it. */
export function generationMark(generation: number): KubeObject {
  const value = { metadata: { filter_metadata: { [generationKey]: { generation } } } }
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'tests-generation', namespace: rootNamespace },
    spec: {
      configPatches: ['LISTENER', 'ROUTE_CONFIGURATION'].map((applyTo) => ({
        applyTo,
        match: { context: 'GATEWAY' },
        patch: { operation: 'MERGE', value },
      })),
    },
  }
}
