/** Objects of a cluster that controllers or people would make; here a test does. */
import type { JsonObject, KubeApiserver } from './kube-apiserver.ts'

/** A namespace and a name. */
export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** What a ServiceAccount's token may be bound to: it ends with that object. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node'
  readonly name: string
  readonly uid: string
}

/** What a TokenRequest asks for. */
export interface TokenOptions {
  /** Default: the API server's own. */
  readonly audiences?: readonly string[]
  /** At least 600, which is the API server's own limit. Default 3600. */
  readonly expirationSeconds?: number
  readonly boundTo?: BoundObject
}

type Api = Pick<KubeApiserver, 'request'>

/** Creates an object, and answers its uid; throws what the API server says against it. */
export async function createObject(api: Api, path: string, object: JsonObject): Promise<string> {
  const { metadata } = await created(api, path, object)
  return (metadata as { readonly uid: string }).uid
}

export async function createNamespace(api: Api, name: string): Promise<string> {
  return createObject(api, '/api/v1/namespaces', { metadata: { name } })
}

export async function createServiceAccount(
  api: Api,
  { namespace, name }: ObjectName,
): Promise<string> {
  return createObject(api, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name },
  })
}

/** A node that runs nothing. */
export async function createNode(api: Api, name: string): Promise<string> {
  return createObject(api, '/api/v1/nodes', { metadata: { name } })
}

/** A pod that never runs; its ServiceAccount must exist. */
export async function createPod(
  api: Api,
  { namespace, name }: ObjectName,
  { serviceAccountName, nodeName }: { serviceAccountName: string; nodeName?: string },
): Promise<string> {
  const containers = [{ name: 'main', image: 'none' }]
  return createObject(api, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: { serviceAccountName, containers, ...(nodeName === undefined ? {} : { nodeName }) },
  })
}

export async function createSecret(
  api: Api,
  { namespace, name }: ObjectName,
  secret: JsonObject = {},
): Promise<string> {
  const { metadata, ...rest } = secret
  return createObject(api, `/api/v1/namespaces/${namespace}/secrets`, {
    ...rest,
    metadata: { ...(metadata as JsonObject | undefined), name },
  })
}

/** A ServiceAccount's token, as `kubectl create token` gets one. */
export async function createToken(
  api: Api,
  { namespace, name }: ObjectName,
  { audiences, expirationSeconds, boundTo }: TokenOptions = {},
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const { status } = await created(api, path, {
    spec: {
      audiences,
      expirationSeconds,
      ...(boundTo === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', ...boundTo } }),
    },
  })
  return (status as { readonly token: string }).token
}

/** Gives a ServiceAccount a ClusterRole, in all namespaces. */
export async function bindClusterRole(api: Api, role: string, to: ObjectName): Promise<void> {
  await createObject(api, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: `${role}-${to.namespace}-${to.name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', ...to }],
  })
}

export async function deleteObject(api: Api, path: string): Promise<void> {
  // A pod would wait for a kubelet to say that it has ended.
  const { status, body } = await api.request('DELETE', `${path}?gracePeriodSeconds=0`)
  if (status >= 300) throw new Error(`Cannot delete "${path}": ${JSON.stringify(body)}`)
}

async function created(api: Api, path: string, object: JsonObject): Promise<JsonObject> {
  const { status, body } = await api.request('POST', path, { body: object })
  if (status !== 201) throw new Error(`Cannot create in "${path}": ${JSON.stringify(body)}`)
  return body
}
