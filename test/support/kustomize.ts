import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { goProgram } from './go-program.ts'
import { type KubeObject, readObjects } from './kube-apply.ts'
import { kubernetesPrograms } from './kubernetes-programs.ts'

const run = promisify(execFile)
const module = fileURLToPath(new URL('go/kustomize', import.meta.url))

/** The path of kustomize v5.8.1, built from the module that its maintainers publish. */
export async function kustomizeProgram(): Promise<string> {
  return goProgram({ module, name: 'kustomize' })
}

/** A program that makes objects of a folder with a kustomization, and what it is called. */
export interface Kustomize {
  readonly name: string
  /** What it prints; rejects with what it says against the folder. */
  readonly print: (folder: string) => Promise<string>
  readonly build: (folder: string) => Promise<readonly KubeObject[]>
}

/** Both that people have: kubectl's, which has a copy of its own, and kustomize itself. */
export async function kustomizes(): Promise<readonly [kubectl: Kustomize, kustomize: Kustomize]> {
  const { kubectl } = await kubernetesPrograms()
  return [
    kustomize('kubectl kustomize', [kubectl, 'kustomize']),
    kustomize('kustomize build', [await kustomizeProgram(), 'build']),
  ]
}

function kustomize(name: string, [file, command]: readonly [string, string]): Kustomize {
  const print = async (folder: string) => {
    const { stdout } = await run(file, [command, folder], { maxBuffer: 2 ** 26 })
    return stdout
  }
  return { name, print, build: async (folder) => readObjects(await print(folder)) }
}
