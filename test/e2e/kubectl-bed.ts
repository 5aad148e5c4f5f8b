/** kubectl → Envoy → a real kube-apiserver, and Attaché whom Envoy asks, as an operator would have it. */
import type { Transport } from '../../src/check-input.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { firstAuthority } from '../support/authorities.ts'
import type { Envoy } from '../support/envoy.ts'
import { type Edit, startExampleEnvoy } from '../support/example-envoy.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import type { JsonObject, KubeApiserver } from '../support/kube-apiserver.ts'
import {
  bindClusterRole,
  createObject,
  createServiceAccount,
  createToken,
} from '../support/kube-objects.ts'
import {
  type KubectlOptions,
  type KubectlResult,
  kubectl,
  type RunningKubectl,
  startKubectl,
} from '../support/kubectl.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'
import { started } from '../support/started.ts'
import { type Cluster, startCluster, until } from './cluster.ts'

export const transports = ['grpc', 'http'] as const

/** The account whose token Attaché adds: it may impersonate, and nothing else. */
const impersonator = { namespace: 'attache', name: 'impersonator' } as const

/** One person of the issuer; all claims are set, so that nobody loses one unseen. */
export interface Person {
  readonly email: string
  readonly uid: string
  readonly team: string
  readonly groups: readonly string[]
  /** The token's own name, as real issuers give one. */
  readonly jti?: string
}

/** May do everything with configmaps and pods in the namespace `team`. */
export const alice: Person = {
  email: 'alice@example.com',
  uid: 'u-alice',
  team: 'blue',
  jti: 'T-1',
  groups: ['dev', 'a,b', 'Öl', 'группа', '日本 語'],
}

/** May do nothing but what everybody may. */
export const bob: Person = { email: 'bob@example.com', uid: 'u-bob', team: 'red', groups: [] }

/** Hosts of one Envoy: on `acting` people may act as others, on `plain` nobody may. */
export const hosts = { acting: 'localhost', plain: '127.0.0.1' } as const

/** Who runs kubectl, and where to. */
export interface Caller {
  readonly who: Person
  readonly transport: Transport
  /** Default: `plain`. */
  readonly host?: keyof typeof hosts
  readonly env?: Readonly<Record<string, string>>
  /** Default: the one of the transport. */
  readonly through?: Envoy
  /** Default: one of the issuer's for `who`. */
  readonly token?: string
}

/** How one Envoy differs from the others. */
export interface GatewayOptions {
  readonly edits?: readonly Edit[]
  /** Default: that of the bed. */
  readonly binary?: string
}

export interface KubectlBed {
  readonly cluster: Cluster
  readonly attache: Attache
  readonly issuer: Issuer
  readonly impersonatorToken: string
  readonly gateways: Readonly<Record<Transport, Envoy>>
  /** One more Envoy, with edits of its configuration; it is stopped with the bed. */
  readonly gateway: (transport: Transport, options?: GatewayOptions) => Promise<Envoy>
  /** What kubectl prints, for this person behind the gateway. */
  readonly run: (
    args: readonly string[],
    caller: Caller & { readonly input?: string },
  ) => Promise<KubectlResult>
  /** The same, which goes on until it is stopped. */
  readonly start: (args: readonly string[], caller: Caller) => Promise<RunningKubectl>
  readonly stop: () => Promise<void>
}

/** The user of what `kubectl auth whoami --output=json` prints. */
export function userInfoIn(printed: string): unknown {
  const parse: (text: string) => { readonly status: { readonly userInfo: unknown } } = JSON.parse
  return parse(printed).status.userInfo
}

export interface KubectlBedOptions {
  readonly programs: KubernetesPrograms
  /** Envoy's. */
  readonly binary: string
  /** Further settings of `impersonate`. */
  readonly impersonate?: JsonObject
  /** Further sections of the configuration. */
  readonly sections?: JsonObject
  /** Where Attaché calls the API server. Default: directly. */
  readonly front?: (api: KubeApiserver) => Promise<URL>
  /** All that Envoy trusts of the API server, PEM. Default: what it shows at the start. */
  readonly upstreamCA?: string
  readonly auditRules?: readonly JsonObject[]
  /** Of the API server. */
  readonly flags?: readonly string[]
}

/** Starts it, with the rights of {@link impersonator} and {@link alice}. */
export async function startKubectlBed(options: KubectlBedOptions): Promise<KubectlBed> {
  const { programs, binary, impersonate = {}, sections = {}, ...more } = options
  const { front, upstreamCA, ...apiServer } = more
  return started(async (onStop) => {
    const cluster = await startCluster(programs, apiServer)
    onStop(cluster.stop)
    await grantImpersonation(cluster.api)
    await grantTeam(cluster.api)
    const impersonatorToken = await createToken(cluster.api, impersonator)
    const issuer = await startIssuer()
    onStop(issuer.close)
    const server = (await front?.(cluster.api)) ?? cluster.kubernetes.server
    const attache = await startAttache({
      config: {
        ...configFor(cluster, { issuer: issuer.url, server, impersonate }),
        ...sections,
      },
      files: { 'impersonator-token': impersonatorToken },
    })
    onStop(attache.stop)
    const gateway = async (transport: Transport, different: GatewayOptions = {}) => {
      const proxy = await startExampleEnvoy({
        transport,
        binary,
        attachePort: attache.ports[transport],
        upstream: { port: Number(new URL(cluster.api.url).port), ca: upstreamCA ?? cluster.api.ca },
        // kubectl sends its token over TLS alone.
        tls: firstAuthority.server,
        ...different,
      })
      onStop(proxy.stop)
      return proxy
    }
    const gateways = { grpc: await gateway('grpc'), http: await gateway('http') }
    const settings = async (caller: Caller): Promise<KubectlOptions> => ({
      binary: programs.kubectl,
      server: `https://${hosts[caller.host ?? 'plain']}:${(caller.through ?? gateways[caller.transport]).port()}`,
      ca: firstAuthority.ca,
      token: caller.token ?? (await issuer.mint({ ...caller.who })),
      env: caller.env ?? {},
    })
    return {
      cluster,
      attache,
      issuer,
      impersonatorToken,
      gateways,
      gateway,
      run: async (args, { input = '', ...caller }) =>
        kubectl(args, { ...(await settings(caller)), input }),
      start: async (args, caller) => startKubectl(args, await settings(caller)),
    }
  })
}

interface ConfigFor {
  readonly issuer: string
  readonly server: URL
  readonly impersonate: JsonObject
}

function configFor(
  { kubernetes }: Cluster,
  { issuer, server, impersonate }: ConfigFor,
): JsonObject {
  const { certificateAuthorityFile, tokenFile } = kubernetes
  const claimMappings = {
    username: { claim: 'email', prefix: '' },
    groups: { claim: 'groups', prefix: '' },
    uid: { claim: 'uid' },
    extra: [{ key: 'example.com/team', valueExpression: 'claims.team' }],
  }
  return {
    insecureIssuers: [issuer],
    authentication: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [{ issuer: { url: issuer, audiences: ['platform'] }, claimMappings }],
    },
    kubernetes: { server: server.href, certificateAuthorityFile, tokenFile },
    routes: [
      { match: { hosts: [hosts.acting] }, identity: 'impersonate', allowImpersonation: true },
      { match: { hosts: [hosts.plain] }, identity: 'impersonate' },
    ],
    impersonate:
      'serviceAccount' in impersonate
        ? impersonate
        : { tokenFile: 'impersonator-token', ...impersonate },
  }
}

/** RBAC knows no `userextras/*`; each key is a right of its own. */
const extraKeys = [
  'authentication.kubernetes.io/credential-id',
  'example.com/team',
  ...['user', 'uid', 'groups', 'extra'].flatMap((part) => [
    `originaluser.attache.io/${part}`,
    `originaluser.jetstack.io-${part}`,
  ]),
]

async function grantImpersonation(api: KubeApiserver): Promise<void> {
  await createServiceAccount(api, impersonator)
  await createObject(api, `${rbac}/clusterroles`, {
    metadata: { name: 'impersonator' },
    rules: [
      {
        apiGroups: [''],
        resources: ['users', 'groups', 'serviceaccounts'],
        verbs: ['impersonate'],
      },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['uids', ...extraKeys.map((key) => `userextras/${key}`)],
        verbs: ['impersonate'],
      },
    ],
  })
  await bindClusterRole(api, 'impersonator', impersonator)
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'

async function grantTeam(api: KubeApiserver): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io'
  const metadata = { name: 'alice' }
  await createObject(api, `${rbac}/namespaces/team/roles`, {
    metadata,
    rules: [
      {
        apiGroups: [''],
        resources: [
          'configmaps',
          'pods',
          'pods/exec',
          'pods/attach',
          'pods/portforward',
          'pods/log',
        ],
        verbs: ['*'],
      },
    ],
  })
  await createObject(api, `${rbac}/namespaces/team/rolebindings`, {
    metadata,
    roleRef: { apiGroup, kind: 'Role', name: 'alice' },
    subjects: [{ apiGroup, kind: 'User', name: alice.email }],
  })
  // Roles take a moment until the API server knows them.
  await until(async () => {
    const headers = { 'impersonate-user': alice.email }
    const path = '/api/v1/namespaces/team/configmaps'
    return (await api.request('GET', path, { headers })).status === 200
  })
}
