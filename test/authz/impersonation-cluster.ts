import { Agent, request as send } from 'undici'
import type { AccessQuestion } from '../../src/authz/access.ts'
import { subjectAccessReview } from '../../src/authz/subject-access-review.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client.ts'
import type { UserInfo } from '../../src/user.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import { until } from '../e2e/cluster.ts'
import {
  type JsonObject,
  type KubeApiserver,
  startKubeApiserver,
} from '../support/kube-apiserver.ts'
import {
  bindClusterRole,
  createNamespace,
  createServiceAccount,
  createToken,
} from '../support/kube-objects.ts'
import { kubernetesFiles } from '../support/kubernetes-files.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'
import type { ClientLine } from '../support/pre-filtered.ts'
import { type Caller, grants, staticCallers } from './act-as-cases.ts'

/** What kube-apiserver itself makes of a request with `Impersonate-*` lines. */
export interface KubeVerdict {
  readonly status: number
  /** Who the request was, when it was let in. */
  readonly user: UserInfo | undefined
  /** The object of the `Status`, when it was not. */
  readonly item: readonly [resource: unknown, name: unknown]
  readonly message: string
}

/** An API server on which the grants of the cases are in force. */
export interface ImpersonationCluster {
  readonly api: KubeApiserver
  /** With the rights that Attaché's own account needs for reviews, and no other. */
  readonly client: KubernetesClient
  /** A caller as the API server knows them. */
  readonly userOf: (caller: Caller) => Promise<UserInfo>
  /** Sends the lines to the API server as they are. */
  readonly askAs: (caller: Caller, lines: readonly ClientLine[]) => Promise<KubeVerdict>
  /** What the API server tells a caller about their own right. */
  readonly mayI: (caller: Caller, attributes: AccessQuestion['attributes']) => Promise<boolean>
  /** Sends them with the credential of an account that may impersonate everybody. */
  readonly impersonate: (lines: readonly ClientLine[]) => Promise<KubeVerdict>
  readonly stop: () => Promise<void>
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const reviewer = { namespace: 'attache', name: 'reviewer' }
/** May impersonate everybody; the reviewer may have its tokens. */
export const impersonator = { namespace: 'attache', name: 'impersonator' }

export async function startImpersonationCluster(
  programs: KubernetesPrograms,
  flags: readonly string[],
): Promise<ImpersonationCluster> {
  const staticUsers = staticCallers.map((caller) => ({
    token: `token-of-${caller.name}`,
    ...caller,
  }))
  const api = await startKubeApiserver({ programs, staticUsers, flags })
  // Over HTTP/2 undici would join the lines of one name.
  const agent = new Agent({ connect: { ca: api.ca }, allowH2: false })
  for (const namespace of ['team', 'other', 'attache']) await createNamespace(api, namespace)
  const bot = { namespace: 'team', name: 'bot' }
  const stray = { namespace: 'other', name: 'bot' }
  for (const account of [bot, stray, reviewer, impersonator]) {
    await createServiceAccount(api, account)
  }
  await bindClusterRole(api, 'system:auth-delegator', reviewer)
  await grantAll(api)

  const tokens: Readonly<Record<string, string | undefined>> = {
    ...Object.fromEntries(staticUsers.map(({ name, token }) => [name, token])),
    bot: await createToken(api, bot),
    stray: await createToken(api, stray),
    anonymous: undefined,
  }
  const ownToken = await createToken(api, impersonator)
  const files = await kubernetesFiles({ ca: api.ca, token: await createToken(api, reviewer) })
  const config = { server: new URL(api.url), ...files.paths }
  const client = createKubernetesClient(config, { now: Date.now, log: capturedLog().log })
  await untilInForce(client)

  async function whoami(
    token: string | undefined,
    lines: readonly ClientLine[],
  ): Promise<KubeVerdict> {
    const authorization = token === undefined ? [] : ['authorization', `Bearer ${token}`]
    const { statusCode, body } = await send(
      `${api.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
      {
        dispatcher: agent,
        method: 'POST',
        headers: ['content-type', 'application/json', ...authorization, ...lines.flatMap(asBytes)],
        body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
      },
    )
    return readVerdict(statusCode, (await body.json()) as JsonObject)
  }

  return {
    api,
    client,
    userOf: async (caller) => {
      const { user } = await whoami(tokens[caller], [])
      if (user === undefined) throw new Error(`Cannot tell who "${caller}" is`)
      return user
    },
    askAs: async (caller, lines) => whoami(tokens[caller], lines),
    mayI: async (caller, attributes) => {
      const part = 'path' in attributes ? 'nonResourceAttributes' : 'resourceAttributes'
      const kind = 'SelfSubjectAccessReview'
      const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec: { [part]: attributes } }
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
      const answer = await api.request('POST', path, { body, token: tokens[caller] })
      if (answer.status !== 201) throw new Error(`Cannot ask: ${JSON.stringify(answer.body)}`)
      return (answer.body['status'] as { readonly allowed: boolean }).allowed
    },
    impersonate: async (lines) => whoami(ownToken, lines),
    stop: async () => {
      await client.close()
      await agent.destroy()
      await files.remove()
      await api.stop()
    },
  }
}

/** undici writes each character as one byte. */
function asBytes([name, value]: ClientLine): readonly string[] {
  return [name, Buffer.from(value, 'utf8').toString('latin1')]
}

function roleRef(kind: string, name: string): JsonObject {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name }
}

async function grantAll({ request }: KubeApiserver): Promise<void> {
  const create = async (path: string, body: JsonObject) => {
    const { status, body: answer } = await request('POST', `${rbac}${path}`, { body })
    if (status !== 201) throw new Error(`Cannot create in "${path}": ${JSON.stringify(answer)}`)
  }
  const all = [
    {
      to: {
        kind: 'Group',
        name: 'system:unauthenticated',
        apiGroup: 'rbac.authorization.k8s.io',
      },
      rules: [
        {
          verbs: ['create'],
          apiGroups: ['authentication.k8s.io', 'authorization.k8s.io'],
          resources: ['selfsubjectreviews', 'selfsubjectaccessreviews'],
        },
      ],
    },
    {
      to: { kind: 'ServiceAccount', ...impersonator },
      rules: [
        {
          verbs: ['impersonate'],
          apiGroups: ['', 'authentication.k8s.io'],
          resources: ['*'],
        },
      ],
    },
    {
      to: { kind: 'ServiceAccount', ...reviewer },
      namespace: impersonator.namespace,
      rules: [
        {
          verbs: ['create'],
          apiGroups: [''],
          resources: ['serviceaccounts/token'],
          resourceNames: [impersonator.name],
        },
      ],
    },
    ...grants,
  ]
  for (const [index, { to, rules, ...where }] of all.entries()) {
    const metadata = { name: `grant-${index}` }
    const binding = { metadata, subjects: [to] }
    if ('namespace' in where) {
      const at = `/namespaces/${where.namespace}`
      await create(`${at}/roles`, { metadata, rules })
      await create(`${at}/rolebindings`, { ...binding, roleRef: roleRef('Role', metadata.name) })
    } else {
      await create('/clusterroles', { metadata, rules })
      await create('/clusterrolebindings', {
        ...binding,
        roleRef: roleRef('ClusterRole', metadata.name),
      })
    }
  }
}

/** The API server's own watch of roles runs a little behind; of each kind it sees the last one last. */
async function untilInForce(client: KubernetesClient): Promise<void> {
  const last = [
    {
      user: { name: 'x', uid: '', groups: ['system:serviceaccounts:team'], extra: new Map() },
      attributes: { verb: 'impersonate', resource: 'users', name: 'friend-of-team' },
    },
    {
      user: { name: 'nina', uid: '', groups: [], extra: new Map() },
      attributes: { verb: 'impersonate', resource: 'serviceaccounts', namespace: 'team' },
    },
  ]
  for (const question of last) {
    await until(async () => {
      // A memory of its own each time.
      const review = subjectAccessReview({ client, now: Date.now })
      const verdict = await review(question).catch(() => undefined)
      return verdict?.kind === 'allowed'
    })
  }
}

function readVerdict(status: number, body: JsonObject): KubeVerdict {
  const { status: whoami, details, message = '' } = body as KubeAnswerBody
  const userInfo = typeof whoami === 'object' ? whoami.userInfo : undefined
  return {
    status,
    user: userInfo && userFrom(userInfo),
    item: [details?.kind, details?.name ?? ''],
    message,
  }
}

/** A SelfSubjectReview, or a `Status` whose own status is a word. */
interface KubeAnswerBody {
  readonly status?: string | { readonly userInfo: KubeUser }
  readonly details?: { readonly kind?: string; readonly name?: string }
  readonly message?: string
}

interface KubeUser {
  readonly username: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

function userFrom({ username, uid = '', groups = [], extra = {} }: KubeUser): UserInfo {
  return {
    name: username,
    uid,
    groups: groups.filter((group) => group !== 'system:authenticated'),
    extra: new Map(Object.entries(extra)),
  }
}
