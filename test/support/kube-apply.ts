/** `kubectl apply --server-side` for tests: objects of any kind that the API server knows. */
import { type Document, parseAllDocuments } from 'yaml'
import type { JsonObject, KubeApiserver } from './kube-apiserver.ts'

/** An object as files have it. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMetadata
  readonly [section: string]: unknown
}

export interface ObjectMetadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** All objects of a YAML text with any number of documents. */
export function readObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text)
    .map((document) => contentOf(document) as KubeObject | null)
    .filter((object) => object !== null)
}

function contentOf(document: Document): unknown {
  return document.toJS()
}

/** Applies objects in their order, and knows where each kind lives. */
export interface Applier {
  /** Creates or changes them, and answers what the API server has then; throws what it says against one. */
  readonly apply: (
    objects: readonly KubeObject[],
    options?: { readonly dryRun?: boolean },
  ) => Promise<readonly KubeObject[]>
  /** Deletes them; one that is not there is no failure. */
  readonly remove: (objects: readonly KubeObject[]) => Promise<void>
}

interface ApiResource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Remembers the kinds of the API server that it has asked about. */
export function createApplier(api: Pick<KubeApiserver, 'request'>): Applier {
  const groups = new Map<string, readonly ApiResource[]>()

  const resourcesOf = async (apiVersion: string) => {
    const known = groups.get(apiVersion)
    if (known !== undefined) return known
    const { body } = await api.request('GET', rootOf(apiVersion))
    const found = (body['resources'] ?? []) as readonly ApiResource[]
    groups.set(apiVersion, found)
    return found
  }
  const pathOf = async ({ apiVersion, kind, metadata }: KubeObject) => {
    const resources = await resourcesOf(apiVersion)
    const resource = resources.find((one) => one.kind === kind && !one.name.includes('/'))
    if (resource === undefined) {
      groups.delete(apiVersion)
      throw new RangeError(`Cannot apply "${kind}": the API server has none in ${apiVersion}`)
    }
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : ''
    return `${rootOf(apiVersion)}${namespace}/${resource.name}/${metadata.name}`
  }

  return {
    apply: async (objects, { dryRun = false } = {}) => {
      const applied: KubeObject[] = []
      for (const object of objects) {
        const query = `fieldManager=tests&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`
        const { status, body } = await api.request('PATCH', `${await pathOf(object)}?${query}`, {
          body: object,
          headers: { 'content-type': 'application/apply-patch+yaml' },
        })
        if (status >= 300) throw new Error(`Cannot apply ${describe(object)}: ${message(body)}`)
        applied.push(body as KubeObject)
      }
      return applied
    },
    remove: async (objects) => {
      for (const object of objects) {
        const { status, body } = await api.request('DELETE', await pathOf(object))
        if (status >= 300 && status !== 404) {
          throw new Error(`Cannot delete ${describe(object)}: ${message(body)}`)
        }
      }
    },
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function describe({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} "${namespace === undefined ? name : `${namespace}/${name}`}"`
}

function message({ message: text, ...rest }: JsonObject): string {
  return typeof text === 'string' ? text : JSON.stringify(rest)
}
