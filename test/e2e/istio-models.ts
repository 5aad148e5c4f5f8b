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
export function knativeModel(model: KnativeModel): readonly KubeObject[] {
  const { name, namespace, port, entry = 'predictor' } = model
  const components = entry === 'predictor' ? [entry] : [entry, 'predictor']
  const whole = { ...model, entry }
  return [
    externalName(namespace, name),
    routeOfKServe(whole),
    routeByHand(whole),
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

/** KServe's `ingressDomain` as Kubeflow has it: at this host alone it takes paths. */
export const pathHost = 'example.com'

/** KServe's VirtualService. */
function routeOfKServe(model: Required<KnativeModel>): KubeObject {
  const { name, namespace } = model
  const path = `/serving/${namespace}/${name}`
  const byPath = { authority: authority(pathHost), gateways: [ingress] }
  const inside = `${name}.${namespace}.svc.cluster.local`
  const outside = `${name}.${namespace}.example.com`
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: {
      hosts: [inside, outside, pathHost],
      gateways: [clusterLocal, 'mesh', ingress],
      http: [
        {
          match: [
            { authority: authority(inside), gateways: [clusterLocal, 'mesh'] },
            { authority: authority(outside), gateways: [ingress] },
          ],
          ...toEntry(model),
        },
        {
          match: [
            { uri: { prefix: `${path}/` }, ...byPath },
            { uri: { exact: path }, ...byPath },
          ],
          rewrite: { uri: '/' },
          ...toEntry(model),
        },
      ],
    },
  }
}

/** What people make for paths at Kubeflow's own name: with KServe's, Istio would lead nothing else of it to Kubeflow. */
function routeByHand(model: Required<KnativeModel>): KubeObject {
  const { name, namespace } = model
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `${name}-path`, namespace },
    spec: {
      hosts: ['*'],
      gateways: [ingress],
      http: [
        {
          match: [{ uri: { prefix: `/serving/${namespace}/${name}/` } }],
          rewrite: { uri: '/' },
          ...toEntry(model),
        },
      ],
    },
  }
}

/** Whatever the port. */
function authority(host: string): object {
  return { regex: `^${host.replaceAll('.', String.raw`\.`)}(?::\\d{1,5})?$` }
}

/** Through the cluster-local gateway, under the name that the model's first component has there. */
function toEntry({ name, namespace, entry }: Required<KnativeModel>): object {
  const set = {
    Host: `${name}-${entry}.${namespace}.svc.cluster.local`,
    'KServe-Isvc-Name': name,
    'KServe-Isvc-Namespace': namespace,
  }
  return {
    route: [{ destination: { host: clusterLocalService, port: { number: 80 } }, weight: 100 }],
    headers: { request: { set } },
  }
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
