import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The files that a pod of Attaché would have. */
export interface KubernetesFiles {
  readonly paths: { readonly tokenFile: string; readonly certificateAuthorityFile: string }
  readonly remove: () => Promise<void>
}

/** Writes a token and a CA where Attaché reads them. */
export async function kubernetesFiles(content: {
  readonly token: string
  readonly ca: string
}): Promise<KubernetesFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-kubernetes-'))
  const paths = {
    tokenFile: join(folder, 'token'),
    certificateAuthorityFile: join(folder, 'ca.crt'),
  }
  await writeFile(paths.tokenFile, content.token)
  await writeFile(paths.certificateAuthorityFile, content.ca)
  return { paths, remove: async () => rm(folder, { recursive: true, force: true }) }
}
