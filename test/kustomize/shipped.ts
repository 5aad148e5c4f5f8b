/** What the components print, and what Attaché makes of the configuration in it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/types.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import type { Kustomize } from '../support/kustomize.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Folders of kustomize/components that go together. */
export const together = [
  ['kubeflow'],
  ['kubeflow/http'],
  ['kubeflow', 'redis'],
  ['kubeflow', 'tracing'],
  ['kubeflow', 'cluster-local-gateway'],
  ['kubeflow/http', 'cluster-local-gateway/http', 'redis', 'tracing'],
  ['kubeflow', 'impersonation'],
  ['kubeflow', 'redis', 'impersonation/constrained', 'cluster-local-gateway', 'tracing'],
] as const

/** The objects of these components, or of the base where there is none. */
export async function buildTogether(
  program: Kustomize,
  components: readonly string[],
): Promise<readonly KubeObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-components-'))
  await symlink(repository, join(folder, 'attache'))
  const list =
    components.length === 0
      ? 'resources: [attache/kustomize/base]'
      : `components: [${components.map((name) => `attache/kustomize/components/${name}`).join(', ')}]`
  await writeFile(join(folder, 'kustomization.yaml'), `${list}\n`)
  const objects = await program.build(folder)
  await rm(folder, { recursive: true })
  return objects
}

/** The configuration among the objects, with secrets as generate-secrets.sh makes them. */
export async function configIn(objects: readonly KubeObject[]): Promise<Config> {
  const map = objects.find(
    ({ kind, metadata: { namespace, name } }) =>
      kind === 'ConfigMap' && namespace === 'attache' && name === 'attache',
  )
  const { 'attache.yaml': text = '' } = (map?.['data'] ?? {}) as Readonly<Record<string, string>>
  return configFrom(text)
}

export async function configFrom(text: string): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-shipped-'))
  await mkdir(join(folder, 'secrets'))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const files = {
    'attache.yaml': text,
    'secrets/session-keys': randomBytes(32).toString('base64'),
    'secrets/dex-client-secret': 'of-dex',
    'secrets/company-client-secret': 'of-another',
    'secrets/identity-keys': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'secrets/redis-url': 'redis://attache:0123456789@attache-redis.attache.svc.cluster.local:6379',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  try {
    return loadConfig(join(folder, 'attache.yaml'), {}).config
  } finally {
    await rm(folder, { recursive: true })
  }
}
