import type { KubeObject } from '../support/kube-apply.ts'
import { loopbackService } from '../support/mesh-objects.ts'

/** The API server as a Service of the mesh. */
export const meshApiServer = { host: 'api.kubeflow.svc.cluster.local', port: 443 } as const

/** Makes {@link meshApiServer} the API server that listens on that port, over TLS. */
export function apiServerInMesh(port: number): readonly KubeObject[] {
  const { host } = meshApiServer
  return [
    ...loopbackService({
      name: 'api',
      namespace: 'kubeflow',
      ports: { [meshApiServer.port]: port },
      appProtocol: 'https',
    }),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'api', namespace: 'kubeflow' },
      // With caCertificates Envoy would ask Istio's agent for the file, which is not here.
      spec: { host, trafficPolicy: { tls: { mode: 'SIMPLE', insecureSkipVerify: true } } },
    },
  ]
}
