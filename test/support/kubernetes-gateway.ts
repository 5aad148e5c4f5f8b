/** A gateway of Kubernetes' Gateway API beside the other two, deployed by hand: istiod runs no pods here. */
import { freePort } from './free-port.ts'
import { defineIstio } from './istio-definitions.ts'
import { startIstioGateway } from './istio-gateway.ts'
import type { Mesh, MeshGateway } from './istio-mesh.ts'
import { gatewayDefinitionsFiles } from './istiod-program.ts'
import type { KubeObject } from './kube-apply.ts'
import { loopbackService } from './mesh-objects.ts'

const group = 'gateway.networking.k8s.io'

/** Starts one with that name, which listens for HTTP on port 80 of its Service and takes routes from everywhere. */
export async function startKubernetesGateway(
  mesh: Mesh,
  options: { readonly binary: string; readonly namespace: string; readonly name: string },
): Promise<MeshGateway> {
  const { binary, namespace, name: gateway } = options
  for (const file of await gatewayDefinitionsFiles()) await defineIstio(mesh.api, file)
  const name = `${gateway}-istio`
  const labels = { [`${group}/gateway-name`]: gateway }
  const port = await freePort()
  await mesh.apply([
    ...loopbackService({ name, namespace, labels, ports: { 80: port } }),
    {
      apiVersion: `${group}/v1`,
      kind: 'Gateway',
      metadata: { name: gateway, namespace },
      spec: {
        gatewayClassName: 'istio',
        // An address makes it one that somebody else deploys.
        addresses: [{ type: 'Hostname', value: `${name}.${namespace}.svc.cluster.local` }],
        listeners: [
          {
            name: 'http',
            port: 80,
            protocol: 'HTTP',
            allowedRoutes: { namespaces: { from: 'All' } },
          },
        ],
      },
    },
    onLoopback(namespace, labels),
  ])
  const started = await startIstioGateway({ binary, istiod: mesh.istiod, name, namespace, labels })
  mesh.join(started)
  return { ...started, port }
}

/** An HTTPRoute that sends paths which begin so to a Service of its namespace. */
export function httpRoute(options: {
  readonly name: string
  readonly namespace: string
  readonly gateway: string
  readonly prefix: string
  readonly port: number
}): KubeObject {
  const { name, namespace, gateway, prefix, port } = options
  return {
    apiVersion: `${group}/v1`,
    kind: 'HTTPRoute',
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ name: gateway }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: prefix } }],
          backendRefs: [{ name, port }],
        },
      ],
    },
  }
}

/** Its kind knows no address to listen at. */
function onLoopback(namespace: string, labels: Readonly<Record<string, string>>): KubeObject {
  const value = { address: { socket_address: { address: '127.0.0.1' } } }
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'tests-loopback', namespace },
    spec: {
      workloadSelector: { labels },
      configPatches: [
        {
          applyTo: 'LISTENER',
          match: { context: 'GATEWAY' },
          patch: { operation: 'MERGE', value },
        },
      ],
    },
  }
}
