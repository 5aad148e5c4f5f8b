/**
 * Kubeflow as a request through its gateways meets it: Istio for real, Dex and applications behind the gateways,
 * and Attaché with the configuration and the objects that users apply. Rewritten are addresses alone.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { type Mesh, type MeshPrograms, startMesh } from '../support/istio-mesh.ts'
import type { JsonObject } from '../support/kube-apiserver.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { createToken, type TokenOptions } from '../support/kube-objects.ts'
import { type MeshDex, startMeshDex } from '../support/mesh-dex.ts'
import {
  type LoopbackService,
  loopbackPod,
  loopbackService,
  routeObject,
} from '../support/mesh-objects.ts'
import type { Claims } from '../support/provider-configuration.ts'
import { started } from '../support/started.ts'
import { type Apps, startApps, stopApps } from './istio-apps.ts'
import { installation } from './istio-installation.ts'
import { knativeGatewayService, knativeModel, standardModel } from './istio-models.ts'

/** People at Dex, by login; the password is any. Alice owns `team-a` and `blue`, Bob `team-b`. */
export const people = {
  alice: { email: 'alice@example.com', email_verified: true, groups: ['team-a', 'staff', 'a,b'] },
  bob: { email: 'bob@example.com', email_verified: true, groups: ['team-b'] },
} as const

/** Kubeflow, with everything that stands behind its gateways. */
export interface Kubeflow {
  readonly mesh: Mesh
  readonly dex: MeshDex
  readonly apps: Apps
  /** Two, as the Deployment has at least: what one begins, the other ends. */
  readonly replicas: readonly Attache[]
  /** In base64: what sessions and passes are sealed with. */
  readonly sessionKey: string
  /** The line that shows a token of a ServiceAccount. */
  readonly bearer: (namespace: string, name: string, options?: TokenOptions) => Promise<string>
  /** From now on both gateways ask over this transport. */
  readonly use: (transport: Transport) => Promise<void>
  readonly stop: () => Promise<void>
}

export const transports = ['grpc', 'http'] as const

/** Somebody's own provider, in the ConfigMap that Istio came with. */
export const ownProvider = { name: 'own-log', envoyFileAccessLog: { path: '/dev/null' } } as const

const clientSecret = randomBytes(24).toString('base64url')
const dexIssuer = 'http://dex.auth.svc.cluster.local:5556/dex'
const attache = { namespace: 'attache', name: 'attache' } as const

export interface KubeflowOptions {
  readonly programs: MeshPrograms
  /** The API server at {@link apiHost}, too: gateways can ask over gRPC alone then. Default: no. */
  readonly impersonation?: boolean
  /** Further people, as {@link people}. */
  readonly morePeople?: Readonly<Record<string, Claims>>
  /** Runs while everything is applied and Attaché itself does not run. */
  readonly meanwhile?: (early: Pick<Kubeflow, 'mesh' | 'apps'>) => Promise<void>
}

/** In the place of the name that the impersonation component has: kubectl's certificate is for it. */
export const apiHost = '127.0.0.1'

/** Starts it, over gRPC; the objects are in force then. */
export async function startKubeflow(options: KubeflowOptions): Promise<Kubeflow> {
  const { programs, impersonation = false, morePeople = {}, meanwhile } = options
  const { kubectl } = programs.kubernetes
  const grpc = await installation(kubectl, { transport: 'grpc', impersonation })
  const http = impersonation ? undefined : await installation(kubectl, { transport: 'http' })
  return started(async (onStop) => {
    const mesh = await startMesh({
      programs,
      // As the component patches istiod's Deployment.
      istiodEnv: { SHARED_MESH_CONFIG: 'istio-attache', PILOT_JWT_ENABLE_REMOTE_JWKS: 'hybrid' },
      meshSettings: { extensionProviders: [ownProvider] },
      audiences: ['https://kubernetes.default.svc.cluster.local', 'pipelines.kubeflow.org'],
    })
    onStop(mesh.stop)
    const dex = await startMeshDex({
      clientID: 'kubeflow-oidc-authservice',
      clientSecret,
      people: { ...people, ...morePeople },
    })
    onStop(dex.stop)
    const apps = await startApps(mesh.api)
    onStop(async () => stopApps(apps))
    const ownObjects = grpc.objects.filter((object) => !isOfIstio(object))
    await mesh.apply([...profiles, ...servicesOf({ dex, apps }), ...ownObjects])

    const use = async (transport: Transport) => {
      const [wanted, other] = transport === 'grpc' ? [grpc, http] : [http, grpc]
      if (wanted === undefined) throw new RangeError(`Cannot use ${transport}: not installed`)
      const gone = (other?.objects ?? []).filter(
        (one) => !wanted.objects.some((object) => isSameName(one, object)),
      )
      await mesh.remove(gone)
      await mesh.apply(wanted.objects)
    }
    if (meanwhile !== undefined) {
      await use('grpc')
      await meanwhile({ mesh, apps })
    }
    const folder = await mkdtemp(join(tmpdir(), 'attache-kubeflow-'))
    onStop(async () => rm(folder, { recursive: true, force: true }))
    const files = { token: join(folder, 'token'), ca: join(folder, 'ca.crt') }
    await writeFile(files.token, await createToken(mesh.api, attache))
    await writeFile(files.ca, mesh.api.ca)
    const sessionKey = randomBytes(32).toString('base64')
    const settings = onLoopback(grpc.config, {
      dex,
      api: { url: mesh.api.url, ...files },
      sessionKey,
    })
    const replicas = await Promise.all([startAttache(settings), startAttache(settings)])
    for (const replica of replicas) onStop(replica.stop)
    await mesh.apply(replicas.map(podOf))
    // Both publish the same keys.
    mesh.names.set('attache.attache.svc.cluster.local:8082', replicas[0].ports.pages)
    // Before Attaché answers, istiod would get no keys from it; starting-order is a test of its own.
    await use('grpc')
    const bearer = async (namespace: string, name: string, about?: TokenOptions) =>
      `authorization: Bearer ${await createToken(mesh.api, { namespace, name }, about)}`
    return { mesh, dex, apps, replicas, sessionKey, bearer, use }
  })
}

/** What the Service selects in the place of a pod of the Deployment. */
function podOf({ ports: { grpc, http, pages } }: Attache, index: number): KubeObject {
  return loopbackPod({
    namespace: attache.namespace,
    name: `attache-${index}`,
    labels: { 'app.kubernetes.io/name': 'attache' },
    ports: { grpc, ...(http > 0 && { 'http-check': http }), 'http-pages': pages },
  })
}

function isOfIstio({ apiVersion }: KubeObject): boolean {
  return apiVersion.includes('.istio.io/')
}

function isSameName({ kind, metadata: a }: KubeObject, { kind: of, metadata: b }: KubeObject) {
  return kind === of && a.name === b.name && a.namespace === b.namespace
}

interface Surroundings {
  readonly dex: MeshDex
  readonly api: { readonly url: string; readonly ca: string; readonly token: string }
  readonly sessionKey: string
}

/** The configuration as it is, but for where Dex, the API server and the secrets are. */
function onLoopback(config: string, { dex, api, sessionKey }: Surroundings) {
  const secrets = /secrets\/([a-z-]+)/g
  const sections = parse(
    config
      .replaceAll(dexIssuer, dex.issuer)
      .replaceAll('kubernetes.example.com', apiHost)
      .replaceAll(secrets, '$1'),
  ) as JsonObject
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { listen, ...rest } = sections
  const configured = listen as JsonObject
  const free = (name: string) => (configured[name] === undefined ? undefined : '127.0.0.1:0')
  return {
    config: {
      ...rest,
      kubernetes: { server: api.url, certificateAuthorityFile: api.ca, tokenFile: api.token },
    },
    listen: {
      ...configured,
      grpc: free('grpc'),
      http: free('http'),
      pages: free('pages'),
      admin: free('admin'),
    },
    files: {
      'session-keys': sessionKey,
      'dex-client-secret': clientSecret,
      'identity-keys': String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    },
  }
}

const dashboard = { name: 'centraldashboard', prefix: '/' } as const
const webApps = [
  { name: 'jupyter-web-app-service', prefix: '/jupyter/' },
  { name: 'volumes-web-app-service', prefix: '/volumes/' },
  { name: 'ml-pipeline-ui', prefix: '/pipeline' },
] as const

/** Services behind the gateways, and the ways to them, as Kubeflow and KServe make them. */
function servicesOf({ dex, apps }: Pick<Kubeflow, 'dex' | 'apps'>): readonly KubeObject[] {
  const gateways = ['kubeflow/kubeflow-gateway']
  const model = (namespace: string, name: string) => {
    return { namespace, name, port: apps.predictor.port }
  }
  const behind = (service: LoopbackService, prefix: string, hosts?: readonly string[]) => {
    const { name, namespace, ports } = service
    const to = {
      host: `${name}.${namespace}.svc.cluster.local`,
      port: Number(Object.keys(ports)[0]),
    }
    const where = { name, namespace, gateways, prefix, to, ...(hosts && { hosts }) }
    return [...loopbackService(service), routeObject(where)]
  }
  return [
    ...behind({ name: 'dex', namespace: 'auth', ports: { 5556: dex.port } }, '/dex/'),
    ...[dashboard, ...webApps].flatMap(({ name, prefix }) =>
      behind({ name, namespace: 'kubeflow', ports: { 80: apps[name].port } }, prefix),
    ),
    ...behind(
      { name: 'nb', namespace: 'team-a', ports: { 80: apps.notebook.port } },
      '/notebook/team-a/nb/',
    ),
    knativeGatewayService,
    ...knativeModel(model('team-a', 'm')),
    ...knativeModel({ ...model('team-a', 't'), entry: 'transformer' }),
    ...standardModel(model('team-a', 's')),
    ...standardModel(model('blue', 's')),
  ]
}

const rbac = 'rbac.authorization.k8s.io'

/** What Kubeflow's profiles and its controllers make: who may do what in which namespace. */
const profiles: readonly KubeObject[] = [
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'kubeflow-edit' },
    rules: [
      { apiGroups: ['kubeflow.org'], resources: ['notebooks'], verbs: ['*'] },
      { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['*'] },
      { apiGroups: ['pipelines.kubeflow.org'], resources: ['runs'], verbs: ['*'] },
      { apiGroups: ['serving.kserve.io'], resources: ['inferenceservices'], verbs: ['*'] },
    ],
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
  ...profile('team-a', people.alice.email),
  ...profile('blue', people.alice.email),
  ...profile('team-b', people.bob.email),
]

function profile(namespace: string, owner: string): readonly KubeObject[] {
  const editors = ['default-editor', 'default']
  return [
    ...editors.map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    })),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'edit', namespace },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'kubeflow-edit' },
      subjects: [
        { apiGroup: rbac, kind: 'User', name: owner },
        // `default` has no rights, as in Kubeflow.
        { kind: 'ServiceAccount', name: 'default-editor', namespace },
      ],
    },
  ]
}
