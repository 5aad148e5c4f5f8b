/** What users apply, built as they build it. */
import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import type { Transport } from '../../src/check-input.ts'
import { type KubeObject, readObjects } from '../support/kube-apply.ts'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** What a platform engineer applies, beside Kubeflow's manifests, for both gateways. */
export interface Installation {
  /** `attache.yaml`, which the pods read. */
  readonly config: string
  readonly objects: readonly KubeObject[]
}

/** What is installed. */
export interface Choice {
  readonly transport: Transport
  /** The API server behind the ingress gateway, too; over gRPC alone. Default: no. */
  readonly impersonation?: boolean
}

/** The components of Kubeflow for both gateways, and further ones. */
export async function installation(
  kubectl: string,
  { transport, impersonation = false }: Choice,
): Promise<Installation> {
  const variant = transport === 'grpc' ? '' : `/${transport}`
  const names = ['kubeflow', 'cluster-local-gateway'].map((name) => `${name}${variant}`)
  const components = [...names, ...(impersonation ? ['impersonation'] : [])].map(
    (name) => `kustomize/components/${name}`,
  )
  const objects = await kustomize(kubectl, { components })
  const files = objects.find(
    ({ kind, metadata: { namespace, name } }) =>
      kind === 'ConfigMap' && namespace === 'attache' && name === 'attache',
  )
  const data = (files?.['data'] ?? {}) as Readonly<Record<string, string>>
  return { config: data['attache.yaml'] ?? '', objects }
}

/** Folders of this repository, as they stand in somebody's kustomization. */
export interface Kustomization {
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
}

/** The objects of `kubectl kustomize`. */
export async function kustomize(
  kubectl: string,
  of: Kustomization,
): Promise<readonly KubeObject[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'attache-kustomization-')))
  try {
    const from = (paths: readonly string[] = []) =>
      paths.map((path) => relative(folder, join(repository, path)))
    const kustomization = { resources: from(of.resources), components: from(of.components) }
    await writeFile(join(folder, 'kustomization.yaml'), stringify(kustomization))
    const { stdout } = await run(kubectl, ['kustomize', folder], { maxBuffer: 2 ** 26 })
    return readObjects(stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
}
