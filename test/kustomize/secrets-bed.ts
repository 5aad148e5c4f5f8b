/** `kustomize/generate-secrets.sh` as somebody runs it, against a real API server. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JsonObject, KubeApiserver } from '../support/kube-apiserver.ts'
import { startKubeApiserver } from '../support/kube-apiserver.ts'
import type { KubernetesPrograms } from '../support/kubernetes-programs.ts'

const script = fileURLToPath(new URL('../../kustomize/generate-secrets.sh', import.meta.url))

/** What POSIX has, and mktemp. */
const usualTools = [
  ...['cat', 'cp', 'mkdir', 'mktemp', 'rm', 'sed', 'sh', 'wc'],
  ...['openssl', 'kubectl'],
]

export interface ScriptResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A secret's keys and values; undefined: there is no such secret. */
export type SecretData = Readonly<Record<string, string>> | undefined

export interface SecretsBed {
  readonly api: KubeApiserver
  /** Runs the script where there are no programs but those that it may use, less `without`. */
  readonly run: (
    args?: readonly string[],
    options?: { readonly without?: string; readonly server?: string },
  ) => Promise<ScriptResult>
  readonly secret: (path: `${string}/${string}`) => Promise<SecretData>
  readonly create: (
    path: `${string}/${string}`,
    data: Readonly<Record<string, string>>,
  ) => Promise<void>
  /** Takes away what the script makes, the namespaces excepted. */
  readonly clear: () => Promise<void>
  readonly stop: () => Promise<void>
}

const all = ['attache/attache-secrets', 'attache/attache-redis', 'auth/dex-oidc-client'] as const

export async function startSecretsBed(programs: KubernetesPrograms): Promise<SecretsBed> {
  const api = await startKubeApiserver({ programs })
  const folder = await mkdtemp(join(tmpdir(), 'attache-secrets-'))
  const tools = await linkTools(join(folder, 'bin'), programs)
  return {
    api,
    run: async (args = [], { without, server = api.url } = {}) => {
      const config = join(folder, 'config')
      await writeFile(config, kubeconfig(api, server))
      const PATH = tools.filter(([name]) => name !== without).map(([, at]) => at)
      const env = { PATH: PATH.join(delimiter), KUBECONFIG: config, HOME: folder, TMPDIR: folder }
      return new Promise((resolve) => {
        execFile('/bin/sh', [script, ...args], { env }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
          resolve({ code, stdout, stderr })
        })
      })
    },
    secret: async (path) => {
      const { status, body } = await api.request('GET', pathOf(path))
      if (status === 404) return undefined
      const data = (body['data'] ?? {}) as Readonly<Record<string, string>>
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      )
    },
    create: async (path, stringData) => {
      const [namespace, name] = path.split('/')
      const names: JsonObject = { metadata: { name: namespace } }
      await api.request('POST', '/api/v1/namespaces', { body: names })
      const at = `/api/v1/namespaces/${namespace}/secrets`
      const { status } = await api.request('POST', at, { body: { metadata: { name }, stringData } })
      if (status !== 201) throw new Error(`Cannot create ${path}: ${status}`)
    },
    clear: async () => {
      for (const path of all) await api.request('DELETE', pathOf(path))
    },
    stop: async () => {
      await api.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function pathOf(path: string): string {
  const [namespace, name] = path.split('/')
  return `/api/v1/namespaces/${namespace}/secrets/${name}`
}

/** Each tool in a folder of its own, so that any of them can be missing. */
async function linkTools(
  folder: string,
  { kubectl }: KubernetesPrograms,
): Promise<readonly (readonly [name: string, folder: string])[]> {
  const tools: (readonly [string, string])[] = []
  for (const name of usualTools) {
    const at = join(folder, name)
    await mkdir(at, { recursive: true })
    await symlink(name === 'kubectl' ? kubectl : await which(name), join(at, name))
    tools.push([name, at])
  }
  return tools
}

function which(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', `command -v ${name}`], (error, stdout) => {
      if (error === null) resolve(stdout.trim())
      else reject(new Error(`Cannot run the script: there is no ${name}`))
    })
  })
}

function kubeconfig({ ca, adminToken: token }: KubeApiserver, server: string): string {
  const authority = Buffer.from(ca).toString('base64')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })
}
