/**
 * Models, with the ways to them that KServe 0.16 makes, as Kubeflow configures it. On Knative a call goes through
 * two gateways: KServe's route sends it to the cluster-local one under the name of the model's first component, and
 * there Knative's own route leads to a revision. In Standard mode the first gateway leads to the pod.
 */
import type { KubeObject } from '../support/kube-apply.ts'
import { type LoopbackService, loopbackService, routeObject } from '../support/mesh-objects.ts'

/** An InferenceService. */
export interface Model {
  readonly name: string
  readonly namespace: string
  /** Of its pod, on loopback. */
  readonly port: number
}

export interface KnativeModel extends Model {
  /** What its calls come to first. Default: `predictor`. */
  readonly entry?: 'predictor' | 'transformer'
  /** KServe's `ingressDomain`: the host that takes paths. */
  readonly pathHost: string
}

const ingress = 'kubeflow/kubeflow-gateway'
const clusterLocal = 'knative-serving/knative-local-gateway'
const clusterLocalService = 'knative-local-gateway.istio-system.svc.cluster.local'

/** Knative's second Service for the pods of Kubeflow's cluster-local gateway: where KServe sends each call. */
export const knativeGatewayService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'knative-local-gateway',
    namespace: 'istio-system',
    labels: { 'experimental.istio.io/disable-gateway-port-translation': 'true' },
  },
  spec: {
    selector: { app: 'cluster-local-gateway', istio: 'cluster-local-gateway' },
    ports: [{ name: 'http2', port: 80, targetPort: 'port-80' }],
  },
}

/** In Standard mode: one hop, by host and by path. Nothing of it is at the cluster-local gateway. */
export function standardModel({ name, namespace, port }: Model): readonly KubeObject[] {
  const predictor = `${name}-predictor`
  const to = { host: `${predictor}.${namespace}.svc.cluster.local`, port: 80 }
  const route = { namespace, gateways: [ingress], to }
  return [
    ...loopbackService({ name: predictor, namespace, ports: { 80: port } }),
    routeObject({
      ...route,
      name: `${name}-hosts`,
      // Of two forms of its `domainTemplate`.
      hosts: [`${name}-${namespace}.example.com`, `${name}.${namespace}.example.com`],
    }),
    routeObject({ ...route, name: `${name}-path`, prefix: `/serving/${namespace}/${name}/` }),
  ]
}

/** On Knative. */
export function knativeModel({ entry = 'predictor', ...model }: KnativeModel) {
  const { name, namespace, port } = model
  const components = entry === 'predictor' ? [entry] : [entry, 'predictor']
  return [
    externalName(namespace, name),
    routeOfKServe({ ...model, entry }),
    ...components.flatMap((component) =>
      knativeService({ name: `${name}-${component}`, namespace, ports: { 80: port } }),
    ),
  ]
}

/** Where pods of the cluster find what is behind the cluster-local gateway. */
function externalName(namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ExternalName',
      externalName: clusterLocalService,
      ports: [{ name: 'http2', port: 80 }],
    },
  }
}

/**
 * KServe's VirtualService. Its hosts are written over as Kubeflow's documentation of paths says: with a host of its
 * own Istio would lead nothing else of that host to Kubeflow.
 */
function routeOfKServe(model: Required<KnativeModel>): KubeObject {
  const { name, namespace, entry, pathHost } = model
  const path = `/serving/${namespace}/${name}`
  const byPath = { authority: authority(pathHost), gateways: [ingress] }
  const toComponent = {
    route: [{ destination: { host: clusterLocalService, port: { number: 80 } }, weight: 100 }],
    headers: {
      request: {
        set: {
          Host: `${name}-${entry}.${namespace}.svc.cluster.local`,
          'KServe-Isvc-Name': name,
          'KServe-Isvc-Namespace': namespace,
        },
      },
    },
  }
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: {
      hosts: ['*'],
      gateways: [clusterLocal, 'mesh', ingress],
      http: [
        {
          match: [
            {
              authority: authority(`${name}.${namespace}.svc.cluster.local`),
              gateways: [clusterLocal, 'mesh'],
            },
            { authority: authority(`${name}.${namespace}.example.com`), gateways: [ingress] },
          ],
          ...toComponent,
        },
        {
          match: [
            { uri: { prefix: `${path}/` }, ...byPath },
            { uri: { exact: path }, ...byPath },
          ],
          rewrite: { uri: '/' },
          ...toComponent,
        },
      ],
    },
  }
}

/** Whatever the port. */
function authority(host: string): object {
  return { regex: `^${host.replaceAll('.', String.raw`\.`)}(?::\\d{1,5})?$` }
}

/** A Service of Knative, as KServe makes one: with a host for the outside, too. */
function knativeService({ name, namespace, ports }: LoopbackService): readonly KubeObject[] {
  const revision = `${name}-00001`
  const short = `${name}.${namespace}`
  const inside = [short, `${short}.svc`, `${short}.svc.cluster.local`]
  const outside = `${short}.example.com`
  const ways = [
    { prefix: short, gateways: [clusterLocal] },
    { prefix: outside, gateways: [ingress] },
  ]
  const route = [
    {
      destination: { host: `${revision}.${namespace}.svc.cluster.local`, port: { number: 80 } },
      weight: 100,
      headers: {
        request: {
          set: {
            'Knative-Serving-Namespace': namespace,
            'Knative-Serving-Revision': revision,
          },
        },
      },
    },
  ]
  const probe = { 'K-Network-Hash': { exact: 'override' } }
  return [
    ...loopbackService({ name: revision, namespace, ports }),
    externalName(namespace, name),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: `${name}-ingress`, namespace },
      spec: {
        hosts: [...inside, outside],
        gateways: [clusterLocal, ingress],
        http: ways.flatMap(({ prefix, gateways }) => [
          // What Knative's prober asks, to learn which state a gateway has.
          {
            match: [{ authority: { prefix }, gateways, headers: probe }],
            headers: { request: { set: { 'K-Network-Hash': `of-${revision}` } } },
            retries: {},
            route,
          },
          { match: [{ authority: { prefix }, gateways }], retries: {}, route },
        ]),
      },
    },
  ]
}
