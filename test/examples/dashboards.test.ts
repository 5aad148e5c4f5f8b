/** What both dashboards' examples must have, and agree on with each other and with the plain ones. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/types.ts'
import { folderWith, sessionKeys } from '../config/folder.ts'
import { type Bootstrap, readExample } from './example-files.ts'

/** What tests read of Helm values. */
interface Values {
  readonly automountServiceAccountToken?: boolean
  readonly containers?: { readonly args: readonly string[] }
  readonly clusterRoleBinding?: { readonly create: boolean }
  readonly config?: { readonly extraArgs: readonly string[] }
  readonly env?: readonly { readonly name: string; readonly value: string }[]
}

const examples = ['headlamp', 'kubernetes-dashboard'] as const
const wayBack = 'gateway.attache.svc'

async function bootstrapOf(example: string): Promise<Bootstrap> {
  const read: (yaml: string) => Bootstrap = parse
  return read(await readExample(example, 'envoy.yaml'))
}

function filters({ static_resources: { listeners } }: Bootstrap): unknown {
  return listeners[0].filter_chains[0].filters[0].typed_config.http_filters
}

async function configOf(example: string): Promise<Config> {
  const folder = folderWith({ 'attache.yaml': await readExample(example, 'attache.yaml') })
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, 'secrets/session-keys'), sessionKeys)
  writeFileSync(join(folder, 'secrets/client-secret'), 'a client secret')
  return loadConfig(join(folder, 'attache.yaml'), {}).config
}

async function valuesOf(example: string): Promise<Values & Readonly<Record<string, Values>>> {
  const read: (yaml: string) => Values & Readonly<Record<string, Values>> = parse
  return read(await readExample(example, 'values.yaml'))
}

describe('the examples of dashboards', () => {
  for (const example of examples) {
    it(`have the filters of examples/envoy-grpc: ${example}`, async () => {
      assert.deepEqual(
        filters(await bootstrapOf(example)),
        filters(await bootstrapOf('envoy-grpc')),
      )
    })

    it(`have a route for each host of Envoy, and let nobody act as somebody else on the way back: ${example}`, async () => {
      const { routes } = await configOf(example)
      const hosts = routes.flatMap(({ match }) => match.flatMap((one) => one.hosts ?? []))
      const [manager] = (await bootstrapOf(example)).static_resources.listeners[0].filter_chains[0]
        .filters
      const domains = manager.typed_config.route_config.virtual_hosts.flatMap((one) => one.domains)
      assert.deepEqual(new Set(hosts), new Set(domains))
      const back = routes.find(({ match }) => match.some((one) => one.hosts?.includes(wayBack)))
      assert.equal(back?.identity, 'impersonate')
      assert.equal(back?.allowImpersonation, false)
      assert.ok(routes.every(({ access }) => access === 'authenticated'))
    })
  }

  it('give Headlamp no account, and the gateway’s name for the API server', async () => {
    const { automountServiceAccountToken, clusterRoleBinding, config, env } =
      await valuesOf('headlamp')
    assert.equal(automountServiceAccountToken, false)
    assert.equal(clusterRoleBinding?.create, false)
    assert.ok(
      env?.some(({ name, value }) => name === 'KUBERNETES_SERVICE_HOST' && value === wayBack),
    )
    const args = config?.extraArgs ?? []
    assert.ok(args.includes('-proxy-auth'))
    assert.doesNotMatch(args.join(), /unsafe|proxy-urls/)
    const { headers } = await configOf('headlamp')
    const named = (flag: string) =>
      args
        .find((arg) => arg.startsWith(`-proxy-auth-${flag}-header=`))
        ?.split('=')[1]
        ?.toLowerCase()
    assert.equal(named('token'), headers.idToken)
    assert.equal(named('group'), headers.groups)
    assert.equal(headers.user, 'x-forwarded-user')
  })

  it('give no module of Kubernetes Dashboard an account, and the gateway’s name for the API server', async () => {
    const values = await valuesOf('kubernetes-dashboard')
    for (const module of ['api', 'auth', 'web'] as const) {
      assert.equal(values[module]?.automountServiceAccountToken, false, module)
    }
    for (const module of ['api', 'auth'] as const) {
      const args = values[module]?.containers?.args ?? []
      assert.ok(args.includes(`--apiserver-host=https://${wayBack}`), module)
      assert.doesNotMatch(args.join(), /skip-tls-verify|disable-csrf/)
    }
    assert.match(await readExample('kubernetes-dashboard', 'kubeconfig'), /user: \{\}/)
  })
})
