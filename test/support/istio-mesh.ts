/**
 * Istio as a cluster has it, on loopback: a kube-apiserver with Istio's kinds, istiod, and Envoys as its
 * ingress gateway and as Knative's cluster-local gateway. It starts in some eight seconds.
 */
import { freePort } from './free-port.ts'
import { defineIstio } from './istio-definitions.ts'
import { type IstioGateway, startIstioGateway } from './istio-gateway.ts'
import { type Istiod, rootNamespace, startIstiod } from './istiod.ts'
import { istioDefinitionsFile, istiodProgram } from './istiod-program.ts'
import {
  type JsonObject,
  type KubeApiserver,
  type KubeApiserverOptions,
  startKubeApiserver,
} from './kube-apiserver.ts'
import { createApplier, type KubeObject } from './kube-apply.ts'
import { type KubernetesPrograms, kubernetesPrograms } from './kubernetes-programs.ts'
import { type ClusterNames, startClusterNames } from './mesh-names.ts'
import {
  gatewayObject,
  generationMark,
  loopbackService,
  meshConfig,
  namespaceObject,
  plainEnvoy,
} from './mesh-objects.ts'
import { untilSeen, untilSettled } from './mesh-settling.ts'
import { envoy } from './parts.ts'
import { started } from './started.ts'

/** The programs of a mesh. */
export interface MeshPrograms {
  readonly kubernetes: KubernetesPrograms
  readonly istiod: string
  /** The file with Istio's CustomResourceDefinitions. */
  readonly definitions: string
  readonly envoy: string
}

/** All of them, built or fetched on first use. */
export async function meshPrograms(): Promise<MeshPrograms> {
  return {
    kubernetes: await kubernetesPrograms(),
    istiod: await istiodProgram(),
    definitions: await istioDefinitionsFile(),
    envoy: await envoy(),
  }
}

/** A mesh that runs. */
export interface Mesh {
  readonly api: KubeApiserver
  readonly istiod: Istiod
  /** `kubeflow/kubeflow-gateway`; labels `app: istio-ingressgateway`, `istio: ingressgateway`. */
  readonly ingress: MeshGateway
  /** `knative-serving/knative-local-gateway`; label `app: cluster-local-gateway`. */
  readonly clusterLocal: MeshGateway
  /** Where istiod finds hosts of the cluster from which it fetches keys. */
  readonly names: ClusterNames
  /**
   * Applies objects, server-side, in this order, and resolves when the gateways run with what istiod makes of
   * them. Rejects with what the API server or Envoy says against one. Namespaces that are missing are made.
   */
  readonly apply: (objects: readonly KubeObject[]) => Promise<void>
  /** The same for objects that go. */
  readonly remove: (objects: readonly KubeObject[]) => Promise<void>
  /** What a real API server with Istio's kinds would make of them; nothing is changed but namespaces. */
  readonly dryRun: (objects: readonly KubeObject[]) => Promise<readonly KubeObject[]>
  /** From now on this gateway is one of those that a change must arrive at. */
  readonly join: (gateway: IstioGateway) => void
  readonly stop: () => Promise<void>
}

/** One of the gateways, and where its clients connect. */
export interface MeshGateway extends IstioGateway {
  readonly port: number
}

export interface MeshOptions extends Omit<KubeApiserverOptions, 'programs'> {
  readonly programs: MeshPrograms
  /** Further variables of istiod, such as `SHARED_MESH_CONFIG`. */
  readonly istiodEnv?: Readonly<Record<string, string>>
  /** What else ConfigMap `istio` says. */
  readonly meshSettings?: JsonObject
}

/** Istio's own namespaces, and those that Kubeflow's manifests make. */
const namespaces = [rootNamespace, 'kubeflow', 'auth', 'knative-serving']

/** Starts it, without a policy: both gateways have a listener, and no route. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { programs, istiodEnv = {}, meshSettings = {}, ...apiOptions } = options
  return started(async (onStop) => {
    const api = await startKubeApiserver({ ...apiOptions, programs: programs.kubernetes })
    onStop(api.stop)
    const { apply: applyAll, remove: removeAll } = createApplier(api)
    const known = new Set<string>(['default'])
    const make = async (names: readonly string[]) => {
      const unknown = [...new Set(names)].filter((name) => !known.has(name))
      await applyAll(unknown.map(namespaceObject))
      for (const name of unknown) known.add(name)
    }
    await defineIstio(api, programs.definitions)
    await make(namespaces)
    await applyAll([meshConfig('istio', { enableAutoMtls: false, ...meshSettings }), plainEnvoy])

    const names = await startClusterNames()
    onStop(names.stop)
    const istiod = await startIstiod({
      binary: programs.istiod,
      api,
      env: { HTTP_PROXY: names.proxy, ...istiodEnv },
    })
    onStop(istiod.stop)
    const start = async ({ name, labels, gateway: { in: inNamespace, name: of } }: Place) => {
      const port = await freePort()
      await applyAll([
        ...loopbackService({ name, namespace: rootNamespace, labels, ports: { 80: port } }),
        gatewayObject({ name: of, namespace: inNamespace, selector: labels, port: 80 }),
      ])
      const gateway = await startIstioGateway({ binary: programs.envoy, istiod, name, labels })
      onStop(gateway.envoy.stop)
      return { ...gateway, port }
    }
    const ingress = await start(places.ingress)
    const clusterLocal = await start(places.clusterLocal)

    const gateways: IstioGateway[] = [ingress, clusterLocal]
    let generation = 0
    const settle = async () => {
      generation += 1
      const wanted = generation
      await applyAll([generationMark(wanted)])
      await untilSettled(gateways, wanted)
    }
    await settle()
    return {
      api,
      istiod,
      ingress,
      clusterLocal,
      names,
      apply: async (objects) => {
        await make(namespacesOf(objects))
        await untilSeen(istiod, await applyAll(objects))
        await settle()
      },
      remove: async (objects) => {
        await removeAll(objects)
        await settle()
      },
      dryRun: async (objects) => {
        await make(namespacesOf(objects))
        return applyAll(objects, { dryRun: true })
      },
      join: (gateway) => void gateways.push(gateway),
    }
  })
}

interface Place {
  /** Of the Service, the pod and their ServiceAccount. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly gateway: { readonly in: string; readonly name: string }
}

/** As Kubeflow's manifests have them. */
const places: Readonly<Record<'ingress' | 'clusterLocal', Place>> = {
  ingress: {
    name: 'istio-ingressgateway',
    labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
    gateway: { in: 'kubeflow', name: 'kubeflow-gateway' },
  },
  clusterLocal: {
    name: 'cluster-local-gateway',
    labels: { app: 'cluster-local-gateway', istio: 'cluster-local-gateway' },
    gateway: { in: 'knative-serving', name: 'knative-local-gateway' },
  },
}

function namespacesOf(objects: readonly KubeObject[]): string[] {
  return objects.flatMap(({ metadata }) => metadata.namespace ?? [])
}
