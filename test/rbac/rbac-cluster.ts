/** A real API server on which what `attache rbac` prints is applied. */
import { Agent, request as send } from 'undici'
import { parseAllDocuments } from 'yaml'
import type { Config } from '../../src/config/types.ts'
import { impersonation } from '../../src/headers/impersonation.ts'
import { printRbac } from '../../src/rbac/rbac.ts'
import type { UserInfo } from '../../src/user.ts'
import {
  type JsonObject,
  type KubeApiserver,
  startKubeApiserver,
} from '../support/kube-apiserver.ts'
import { createNamespace, createServiceAccount, createToken } from '../support/kube-objects.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'

export type Form = 'plain' | 'constrained'

/** Somebody whom Attaché makes a request act as. */
export interface Story {
  readonly what: string
  readonly user: UserInfo
  readonly actingAs?: UserInfo
  readonly authenticator?: 'jwt' | 'anonymous' | 'service-account'
}

export interface RbacCluster {
  readonly api: KubeApiserver
  /**
   * Of the impersonator, never the same: the API server remembers for ten seconds what a token could do
   * by constrained impersonation.
   */
  readonly newToken: () => Promise<string>
  /** Of Attaché itself. */
  readonly ownToken: string
  /** The status of a request that goes on as the story says: a review of themselves, or a GET. */
  readonly tell: (
    { user, actingAs, authenticator }: Story,
    as: { readonly config: Config; readonly token: string; readonly path?: string },
  ) => Promise<number>
  readonly stop: () => Promise<void>
}

export interface RoleObject extends JsonObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly RuleObject[]
}

export interface RuleObject {
  readonly resources?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

export async function startRbacCluster(programs: KubernetesPrograms): Promise<RbacCluster> {
  const api = await startKubeApiserver({ programs })
  // Over HTTP/2 undici would join the lines of one name.
  const agent = new Agent({ connect: { ca: api.ca }, allowH2: false })
  for (const namespace of ['attache', 'team']) await createNamespace(api, namespace)
  const impersonator = { namespace: 'attache', name: 'impersonator' }
  const own = { namespace: 'attache', name: 'attache' }
  for (const account of [impersonator, own]) await createServiceAccount(api, account)

  return {
    api,
    newToken: async () => createToken(api, impersonator),
    ownToken: await createToken(api, own),
    tell: async ({ user, actingAs, authenticator = 'jwt' }, { config, token, path = review }) => {
      const acting = actingAs === undefined ? {} : { actingAs }
      const configured = new Map(
        config.impersonate.extra.map(({ key, constant }) => [key, constant ?? ['x']]),
      )
      const headers = impersonation(
        { user, authenticator, ...acting },
        { ...config.impersonate, configured },
      )
      if (headers.kind === 'refused') throw new Error(headers.detail)
      const lines = [...headers.set, ...headers.append]
      const { statusCode, body } = await send(`${api.url}${path}`, {
        dispatcher: agent,
        method: path === review ? 'POST' : 'GET',
        headers: [
          ...['content-type', 'application/json', 'authorization', `Bearer ${token}`],
          ...lines.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
        ],
        body:
          path === review
            ? '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
            : null,
      })
      await body.dump()
      return statusCode
    },
    stop: async () => {
      await agent.destroy()
      await api.stop()
    },
  }
}

/** What an operator applies of the output, by the command that the output itself tells. */
export function objectsOf(config: Config, form: Form): readonly RoleObject[] {
  const text = printRbac(config)
  const chosen =
    form === 'plain'
      ? text
      : text
          .replace(/^# begin plain impersonation$[^]*^# end plain impersonation$/m, '')
          .replace(/^#\| ?/gm, '')
          .replaceAll('NAMESPACE', 'team')
  return parseAllDocuments(chosen).map((document) => document.toJS() as RoleObject)
}

/** Creates them, or puts them in the place of what is there; the API server sees it a little later. */
export async function apply(
  { request }: KubeApiserver,
  objects: readonly RoleObject[],
): Promise<void> {
  for (const object of objects) {
    const path = pathOf(object)
    const created = await request('POST', path, { body: object })
    const { status, body } =
      created.status === 409
        ? await request('PUT', `${path}/${object.metadata.name}`, { body: object })
        : created
    if (status > 201) throw new Error(`Cannot apply: ${JSON.stringify(body)}`)
  }
}

/** Whether the API server tells the owner of a token that they may do this. */
export async function mayI(
  { request }: KubeApiserver,
  token: string,
  resourceAttributes: JsonObject,
): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }
  const answer = await request('POST', path, { body, token })
  return (answer.body['status'] as { readonly allowed: boolean }).allowed
}

export async function remove(
  { request }: KubeApiserver,
  objects: readonly RoleObject[],
): Promise<void> {
  for (const object of objects) {
    await request('DELETE', `${pathOf(object)}/${object.metadata.name}`)
  }
}

function pathOf({ kind, metadata: { namespace } }: RoleObject): string {
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `/apis/rbac.authorization.k8s.io/v1${where}/${kind.toLowerCase()}s`
}

/** A role that shows that it is in force. */
export function marked(role: RoleObject, verb: string): RoleObject {
  const marker = { apiGroups: ['marker'], resources: ['marker'], verbs: [verb] }
  return { ...role, rules: [...(role.rules ?? []), marker] }
}

/** The same role many times, each without one resource of one rule, and what it lacks. */
export function withoutEach(
  role: RoleObject,
): readonly { readonly lacking: string; readonly role: RoleObject }[] {
  const rules = role.rules ?? []
  return rules.flatMap((rule, index) => {
    const key = rule.resources === undefined ? 'nonResourceURLs' : 'resources'
    const all = rule[key] ?? []
    return all.map((one) => {
      const others = all.filter((other) => other !== one)
      const rest = others.length === 0 ? [] : [{ ...rule, [key]: others }]
      const lacking = `${rule.verbs[0]} ${key} ${one}`
      return { lacking, role: { ...role, rules: rules.toSpliced(index, 1, ...rest) } }
    })
  })
}
