/**
 * A dashboard's example as it is, with what an operator puts around it: a real API server, the rights that
 * `attache rbac` prints, a real provider, Envoy and Attaché. The dashboard is a stand-in.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Transport } from '../../src/check-input.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type Cluster, startCluster, until } from '../e2e/cluster.ts'
import { apply, objectsOf } from '../rbac/rbac-cluster.ts'
import { type Attache, startAttache } from '../support/attache.ts'
import { authority } from '../support/certificates.ts'
import type { DashboardServer, GatewayAddress } from '../support/dashboard-call.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import type { JsonObject, KubeApiserver } from '../support/kube-apiserver.ts'
import {
  createNamespace,
  createObject,
  createServiceAccount,
  createToken,
} from '../support/kube-objects.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'
import { started } from '../support/started.ts'
import { dashboardHost, type Example, exampleBootstrap } from './dashboard-envoy.ts'
import { readExample } from './example-files.ts'

/** Who signs in: alice may do everything with configmaps of the namespace `team`, bob nothing. */
export const people = {
  alice: { email: 'alice@example.com', email_verified: true, groups: ['dev', 'a,b', 'Öl'] },
  bob: { email: 'bob@example.com', email_verified: true, groups: ['dev'] },
} as const

export interface DashboardBed {
  readonly cluster: Cluster
  readonly attache: Attache
  readonly issuer: Issuer
  /** `grpc` is what the example has; `http` has the filters of examples/envoy-http in their place. */
  readonly gateways: Readonly<Record<Transport, DashboardGateway>>
  /** A token of the dashboard's own account, which has no rights. */
  readonly ownToken: string
  /** What browsers and kubectl trust. */
  readonly ca: string
  readonly token: (who: keyof typeof people) => Promise<string>
  readonly stop: () => Promise<void>
}

/** Envoy, and the dashboard that calls it. */
export interface DashboardGateway {
  readonly envoy: Envoy
  readonly dashboard: DashboardServer
  /** Another dashboard with the same way back, and a configuration that the example warns of. */
  readonly another: (start: StartDashboard) => Promise<DashboardServer>
}

export type StartDashboard = (around: {
  readonly gateway: GatewayAddress
  readonly ownToken: () => string
}) => Promise<DashboardServer>

export interface DashboardBedOptions {
  readonly programs: KubernetesPrograms
  /** Envoy's. */
  readonly binary: string
  readonly example: Example
  readonly start: StartDashboard
}

export async function startDashboardBed(options: DashboardBedOptions): Promise<DashboardBed> {
  const { programs, binary, example, start } = options
  return started(async (onStop) => {
    const cluster = await startCluster(programs, { auditRules: [{ level: 'Metadata' }] })
    onStop(cluster.stop)
    const { api } = cluster
    await createNamespace(api, example)
    const account = { namespace: example, name: example }
    await createServiceAccount(api, account)
    await createServiceAccount(api, { namespace: 'attache', name: 'impersonator' })
    const ownToken = await createToken(api, account)
    await grantTeam(api)

    const ca = authority('gateway')
    const issuer = await startIssuer({
      clientSecret: 'a client secret',
      externalURL: new URL(`https://${dashboardHost(example)}`),
      people: Object.entries(people).map(([login, claims]) => ({ login, claims })),
    })
    onStop(issuer.close)
    const attache = await startExampleAttache(example, { cluster, issuer })
    onStop(attache.stop)
    const open = async (transport: Transport): Promise<DashboardGateway> => {
      const running: { envoy?: Envoy } = {}
      const port = () => running.envoy?.port() ?? 0
      const gateway: GatewayAddress = { host: 'gateway.attache.svc', port, ca: ca.pem }
      const another: DashboardGateway['another'] = async (startOther) => {
        const other = await startOther({ gateway, ownToken: () => ownToken })
        onStop(other.stop)
        return other
      }
      const dashboard = await another(start)
      const config = await exampleBootstrap(example, {
        transport,
        ca,
        attachePort: attache.ports[transport],
        dashboardPort: dashboard.port,
        api,
      })
      const envoy = await startEnvoy({ binary, config })
      onStop(envoy.stop)
      running.envoy = envoy
      return { envoy, dashboard, another }
    }
    return {
      cluster,
      attache,
      issuer,
      gateways: { grpc: await open('grpc'), http: await open('http') },
      ownToken,
      ca: ca.pem,
      token: async (who) => issuer.mint(people[who]),
    }
  })
}

/** Runs attache.yaml but for the addresses of this machine, with the rights that `attache rbac` prints for it. */
async function startExampleAttache(
  example: Example,
  { cluster, issuer }: { readonly cluster: Cluster; readonly issuer: Issuer },
): Promise<Attache> {
  const text = await readExample(example, 'attache.yaml')
  const files = {
    'client-secret': 'a client secret',
    'session-keys': randomBytes(32).toString('base64'),
  }
  const edited = text
    .replaceAll('https://issuer.example.com', issuer.url)
    .replaceAll('secrets/', '')
    // The test's provider knows no such scope without more settings.
    .replace(', offline_access', '')
  const read: (yaml: string) => JsonObject = parse
  const { listen: _, ...sections } = read(edited)
  const { server, certificateAuthorityFile, tokenFile } = cluster.kubernetes
  const config = {
    ...sections,
    insecureIssuers: [issuer.url],
    kubernetes: { server: server.href, certificateAuthorityFile, tokenFile },
  }
  await grantWhatIsPrinted(cluster, { config, files })
  return startAttache({ config, files })
}

async function grantWhatIsPrinted(
  { api }: Cluster,
  {
    config,
    files,
  }: { readonly config: JsonObject; readonly files: Readonly<Record<string, string>> },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-example-'))
  try {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content)
    const file = join(folder, 'attache.yaml')
    await writeFile(file, JSON.stringify({ listen: { grpc: '127.0.0.1:0' }, ...config }))
    await apply(api, objectsOf(loadConfig(file, {}).config, 'plain'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function grantTeam(api: KubeApiserver): Promise<void> {
  const group = 'rbac.authorization.k8s.io'
  const roles = `/apis/${group}/v1/namespaces/team`
  const metadata = { name: 'alice' }
  const resources = ['configmaps', 'pods', 'pods/exec']
  await createObject(api, `${roles}/roles`, {
    metadata,
    rules: [{ apiGroups: [''], resources, verbs: ['*'] }],
  })
  await createObject(api, `${roles}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: group, kind: 'Role', name: 'alice' },
    subjects: [{ apiGroup: group, kind: 'User', name: people.alice.email }],
  })
  // Roles take a moment until the API server knows them.
  await until(async () => {
    const headers = { 'impersonate-user': people.alice.email }
    const path = '/api/v1/namespaces/team/configmaps'
    return (await api.request('GET', path, { headers })).status === 200
  })
}
