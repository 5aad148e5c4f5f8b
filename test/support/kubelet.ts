/** What stands in for the kubelet of a node, so that kube-apiserver has something to call. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  authority,
  certificate,
  clientAuth,
  cn,
  extension,
  extensions,
  serverAuth,
} from './certificates.ts'
import { startChild } from './child.ts'
import { der, sequence } from './der-writer.ts'
import { goProgram } from './go-program.ts'
import type { KubeApiserver } from './kube-apiserver.ts'
import { createNode, createPod, type ObjectName } from './kube-objects.ts'
import { ownFolder, started } from './started.ts'
import { untilReady } from './until-ready.ts'

/** A kubelet that takes nobody but the API server that has its {@link Kubelet.flags}. */
export interface Kubelet {
  readonly port: number
  /** Where its commands run, and what they leave there. */
  readonly folder: string
  /** Of kube-apiserver: what it shows the kubelet, and what it expects of it. */
  readonly flags: readonly string[]
  readonly stop: () => Promise<void>
}

/** The path of its binary, built on first use. */
export async function kubeletProgram(): Promise<string> {
  const module = fileURLToPath(new URL('go/kubelet', import.meta.url))
  return goProgram({ module, name: 'kubelet' })
}

/** Starts it, with certificates of its own: whoever else could call it could run commands. */
export async function startKubelet(binary: string): Promise<Kubelet> {
  return started(async (onStop) => {
    const folder = await ownFolder('kubelet', onStop)
    const flags = await writeCertificates(folder)
    const child = startChild(binary, [`--folder=${folder}`])
    onStop(async () => child.stop())
    const port = () => Number(/^listening (\d+)$/m.exec(child.stdout())?.[1] ?? 0)
    await untilReady('kubelet', { child, probe: async () => port() > 0 })
    return { port: port(), folder, flags }
  })
}

/** Returns {@link Kubelet.flags}. */
async function writeCertificates(folder: string): Promise<readonly string[]> {
  const ca = authority('kubelet')
  const server = certificate({
    name: [[cn, 'kubelet']],
    issuer: ca,
    extensions: [
      extensions.usages(serverAuth),
      extension('2.5.29.17', sequence(der(0x87, Buffer.of(127, 0, 0, 1)))),
    ],
  })
  const client = certificate({
    name: [[cn, 'kube-apiserver']],
    issuer: ca,
    extensions: [extensions.usages(clientAuth)],
  })
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  await file('kubelet.crt', server.pem)
  await file('kubelet.key', server.key)
  return [
    `--kubelet-certificate-authority=${await file('ca.crt', ca.pem)}`,
    `--kubelet-client-certificate=${await file('client.crt', client.pem)}`,
    `--kubelet-client-key=${await file('client.key', client.key)}`,
  ]
}

/** Makes the kubelet a node's, and says that this pod runs there; its namespace must have a `bot`. */
export async function runPod(
  api: KubeApiserver,
  pod: ObjectName,
  { port }: Pick<Kubelet, 'port'>,
): Promise<void> {
  const nodeName = 'node'
  await createNode(api, nodeName)
  await patchStatus(api, `/api/v1/nodes/${nodeName}`, {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  })
  await createPod(api, pod, { serviceAccountName: 'bot', nodeName })
  await patchStatus(api, `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`, {
    phase: 'Running',
  })
}

async function patchStatus(api: KubeApiserver, path: string, status: object): Promise<void> {
  const headers = { 'content-type': 'application/merge-patch+json' }
  const answer = await api.request('PATCH', `${path}/status`, { headers, body: { status } })
  if (answer.status !== 200) {
    throw new Error(`Cannot change the status of "${path}": ${JSON.stringify(answer.body)}`)
  }
}
