/** A real istiod that reads a real API server and serves Envoys of tests; nothing else of a cluster. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { freePort } from './free-port.ts'
import type { KubeApiserver } from './kube-apiserver.ts'
import { startRestartable } from './restartable.ts'
import { ownFolder, started } from './started.ts'

/** Istio's root namespace, where istiod and the gateways are. */
export const rootNamespace = 'istio-system'

/** An istiod that serves. */
export interface Istiod {
  /** Where Envoys ask for their configuration, in plain text. */
  readonly xdsPort: number
  /** The answer of `/debug/{page}`, such as `configz` or `mesh`. */
  readonly debug: (page: string) => Promise<unknown>
  readonly log: () => string
  /** Takes it away; Envoys keep what they have. */
  readonly halt: () => Promise<void>
  /** Brings it back at the same address. */
  readonly resume: () => Promise<void>
  readonly stop: () => Promise<void>
}

export interface IstiodOptions {
  /** Path of the binary: `istiodProgram()`. */
  readonly binary: string
  /** It must have Istio's CustomResourceDefinitions. */
  readonly api: KubeApiserver
  /** Further variables, such as `SHARED_MESH_CONFIG`. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * What a plain Envoy without certificates, proxies of ztunnel and webhooks can do without. Changes are
 * sent on at once: nobody waits for a mesh of thousands to settle.
 */
const settings = {
  POD_NAMESPACE: rootNamespace,
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_CERT_PROVIDER: 'none',
  ENABLE_CA_SERVER: 'false',
  INJECT_ENABLED: 'false',
  VALIDATION_ENABLED: 'false',
  PILOT_ENABLE_AMBIENT: 'false',
  PILOT_DEBOUNCE_AFTER: '50ms',
}

/** Starts istiod and resolves when it has read the cluster; rejects with its log otherwise. */
export async function startIstiod({ binary, api, env = {} }: IstiodOptions): Promise<Istiod> {
  return started(async (onStop) => {
    const folder = await ownFolder('istiod', onStop)
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(api)))
    const [http, xds, https, monitoring] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ])
    const args = [
      ['discovery', '--kubeconfig', kubeconfig, '--namespace', rootNamespace],
      // Absent: mesh configuration comes from ConfigMaps, as in a cluster.
      ['--meshConfig', join(folder, 'mesh'), '--networksConfig', join(folder, 'networks')],
      ['--httpAddr', `127.0.0.1:${http}`, '--httpsAddr', `127.0.0.1:${https}`],
      ['--grpcAddr', `127.0.0.1:${xds}`, '--secureGRPCAddr', ''],
      ['--monitoringAddr', `127.0.0.1:${monitoring}`, '--ctrlz_port', '0'],
      ['--shutdownDuration', '0s'],
    ].flat()
    const url = `http://127.0.0.1:${http}`
    const { log, halt, resume } = await startRestartable('istiod', {
      start: () => startChild(binary, args, { env: { ...settings, ...env } }),
      probe: async () => (await fetch(`${url}/ready`)).ok,
      onStop,
    })
    return {
      xdsPort: xds,
      debug: async (page) => (await fetch(`${url}/debug/${page}`)).json(),
      log,
      halt,
      resume,
    }
  })
}

function kubeconfigOf({ url, ca, adminToken }: KubeApiserver): object {
  const certificates = { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...certificates } }],
    users: [{ name: 'test', user: { token: adminToken } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
}
