import { fileURLToPath } from 'node:url'
import { goProgram } from './go-program.ts'

/** The version of kube-apiserver and kubectl, pinned by the module that builds them. */
export const kubernetesVersion = 'v1.36.3'

/** Paths of the binaries. */
export interface KubernetesPrograms {
  readonly etcd: string
  readonly kubeApiserver: string
  readonly kubectl: string
}

const module = fileURLToPath(new URL('go/kubernetes', import.meta.url))
const [major = '', minor = ''] = kubernetesVersion.slice(1).split('.')
const version = 'k8s.io/component-base/version'

// A binary that is not told its version calls itself v0.0.0.
const linkerFlags = [
  `-X=${version}.gitVersion=${kubernetesVersion}`,
  `-X=${version}.gitMajor=${major}`,
  `-X=${version}.gitMinor=${minor}`,
]

/**
 * etcd, kube-apiserver and kubectl, built from the modules that their maintainers publish. The first
 * time takes some five minutes on two cores, from then on they are in the cache.
 */
export async function kubernetesPrograms(): Promise<KubernetesPrograms> {
  // One after the other: they share most packages, and each uses all cores.
  const etcd = await goProgram({ module, main: './etcd', name: 'etcd' })
  const kubectl = await goProgram({ module, main: './kubectl', name: 'kubectl', linkerFlags })
  const kubeApiserver = await goProgram({
    module,
    main: './kube-apiserver',
    name: 'kube-apiserver',
    linkerFlags,
  })
  return { etcd, kubectl, kubeApiserver }
}
