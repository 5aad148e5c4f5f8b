/** Everything that runs for `npm run bench -- --kubernetes`, a real kube-apiserver among it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../examples/demo/ports.ts'
import type { Transport } from '../../src/check-input.ts'
import { startChild } from '../support/child.ts'
import { startExampleEnvoy } from '../support/example-envoy.ts'
import { type KubeApiserver, startKubeApiserver } from '../support/kube-apiserver.ts'
import {
  bindClusterRole,
  createNamespace,
  createObject,
  createServiceAccount,
  createToken,
} from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { type OnStop, started } from '../support/started.ts'
import { youngGeneration } from './attache.ts'
import { audience, startIssuers } from './issuers.ts'
import type { ConstantAnswer } from './kubernetes-floor.ts'

/** Who answers the checks before a request goes to the API server. */
export const answerers = ['constant', 'attache'] as const

export interface KubernetesWorld {
  /** The whole request: `GET /version` with a user's token. */
  readonly request: string
  /** Ports of Envoys that differ in nothing but who answers. */
  readonly ports: Readonly<Record<Transport, Readonly<Record<(typeof answerers)[number], number>>>>
  readonly stop: () => Promise<void>
}

const impersonator = { namespace: 'attache', name: 'impersonator' } as const
const user = 'bob@example.com'
const groups = ['ml-users', 'platform-admins', 'research']

/** Compiled, since the image carries no TypeScript: `npm run bench` has it built before. */
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** Starts it all; whoever calls stops it. */
export async function startKubernetesWorld(): Promise<KubernetesWorld> {
  return started(startParts)
}

async function startParts(onStop: OnStop): Promise<Omit<KubernetesWorld, 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-bench-'))
  onStop(async () => rm(folder, { recursive: true, force: true }))
  const api = await startKubeApiserver({ programs: await kubernetesPrograms() })
  onStop(api.stop)
  const token = await grantImpersonation(api)
  const issuers = await startIssuers(1)
  onStop(issuers.stop)
  const attache = await startAttache({ folder, token, issuer: issuers.urls[0] ?? '' })
  onStop(attache.stop)

  const constant: ConstantAnswer = {
    set: { authorization: `Bearer ${token}`, 'impersonate-user': user },
    append: { 'impersonate-group': groups },
  }
  const binary = await envoy()
  const upstream = { port: Number(new URL(api.url).port), ca: api.ca }
  const portOf = async (transport: Transport, attachePort: number) => {
    const proxy = await startExampleEnvoy({ transport, binary, attachePort, upstream })
    onStop(proxy.stop)
    return proxy.port()
  }
  const portsOf = async (transport: Transport) => {
    const floor = await startFloor(transport, constant)
    onStop(floor.stop)
    return {
      constant: await portOf(transport, floor.port),
      attache: await portOf(transport, attache.ports[transport]),
    }
  }
  const authorization = `Bearer ${issuers.mint({ user, groups })}`
  return {
    request: `GET /version HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`,
    ports: { http: await portsOf('http'), grpc: await portsOf('grpc') },
  }
}

/** The impersonator's token. */
async function grantImpersonation(api: KubeApiserver): Promise<string> {
  await createNamespace(api, impersonator.namespace)
  await createServiceAccount(api, impersonator)
  await createObject(api, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'impersonator' },
    rules: [{ apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] }],
  })
  await bindClusterRole(api, 'impersonator', impersonator)
  return createToken(api, impersonator)
}

async function startFloor(transport: Transport, answer: ConstantAnswer) {
  const file = new URL('kubernetes-floor.ts', import.meta.url)
  const child = fork(file, [transport, JSON.stringify(answer)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const messages: readonly { readonly port: number }[] = await once(child, 'message')
  return {
    port: messages[0]?.port ?? 0,
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

interface AttacheSetting {
  readonly folder: string
  readonly token: string
  readonly issuer: string
}

/** As the image runs it; audit lines and all go to a file, as a container's do. */
async function startAttache({ folder, token, issuer }: AttacheSetting) {
  const ports = { grpc: await freePort(), http: await freePort(), admin: await freePort() }
  const listen = Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`])
  await writeFile(join(folder, 'token'), token)
  const claimMappings = {
    username: { claim: 'email', prefix: '' },
    groups: { claim: 'groups', prefix: '' },
  }
  const config = {
    listen: Object.fromEntries(listen) as Readonly<Record<string, string>>,
    authentication: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [{ issuer: { url: issuer, audiences: [audience] }, claimMappings }],
    },
    insecureIssuers: [issuer],
    impersonate: { tokenFile: 'token' },
    routes: [{ identity: 'impersonate' }],
  }
  const configFile = join(folder, 'attache.yaml')
  await writeFile(configFile, JSON.stringify(config))
  const child = startChild(
    '/bin/sh',
    [
      ...['-c', 'exec "$0" "$@" >"$LOG"', process.execPath, youngGeneration, main],
      ...['serve', '--config', configFile],
    ],
    { env: { LOG: join(folder, 'attache.log') } },
  )
  const ready = `http://127.0.0.1:${ports.admin}/readyz`
  while ((await fetch(ready).catch(() => undefined))?.ok !== true) {
    if (child.exit() !== undefined) throw new Error(`Cannot start Attaché: ${child.stderr()}`)
    await delay(20)
  }
  return { ports, stop: async () => child.stop() }
}
