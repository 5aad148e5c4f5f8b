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
  return join(await folderOf('istio.io/istio'), 'manifests/charts/base/files/crd-all.gen.yaml')
}

/** The paths of the files with the kinds of Kubernetes' Gateway API, of the version that istiod knows. */
export async function gatewayDefinitionsFiles(): Promise<readonly string[]> {
  const folder = join(await folderOf('sigs.k8s.io/gateway-api'), 'config/crd/standard')
  const kinds = ['gatewayclasses', 'gateways', 'grpcroutes', 'httproutes', 'referencegrants']
  return kinds.map((kind) => join(folder, `gateway.networking.k8s.io_${kind}.yaml`))
}

async function folderOf(dependency: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', dependency], { cwd: module })
  const parse: (text: string) => { readonly Dir: string } = JSON.parse
  return parse(stdout).Dir
}
