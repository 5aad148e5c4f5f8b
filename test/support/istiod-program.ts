import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { goProgram } from './go-program.ts'

const run = promisify(execFile)
const module = fileURLToPath(new URL('go/istio', import.meta.url))

/**
 * The path of istiod, built from the module that its maintainers publish. The first time takes some
 * minutes on two cores, from then on it is in the cache.
 */
export async function istiodProgram(): Promise<string> {
  return goProgram({ module, name: 'istiod' })
}

/**
 * The path of the file with Istio's CustomResourceDefinitions. It lies in the module that istiod is
 * built from, so that both are of one version.
 */
export async function istioDefinitionsFile(): Promise<string> {
  const args = ['mod', 'download', '-json', 'istio.io/istio']
  const { stdout } = await run('go', args, { cwd: module })
  const parse: (text: string) => { readonly Dir: string } = JSON.parse
  return join(parse(stdout).Dir, 'manifests/charts/base/files/crd-all.gen.yaml')
}
