/** Istio's kinds in an API server. */
import { readFile } from 'node:fs/promises'
import type { KubeApiserver } from './kube-apiserver.ts'
import { createApplier, readObjects } from './kube-apply.ts'
import { until } from './mesh-settling.ts'

/** Gives the API server Istio's kinds, and waits until it serves them. */
export async function defineIstio(api: KubeApiserver, file: string): Promise<void> {
  const definitions = readObjects(await readFile(file, 'utf8'))
  await createApplier(api).apply(definitions)
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  await until(async () => {
    const items = (await api.request('GET', path)).body['items'] as readonly Definition[]
    const waiting = items.find(
      ({ status }) =>
        !status?.conditions?.some(
          ({ type, status: is }) => type === 'Established' && is === 'True',
        ),
    )
    return waiting === undefined ? undefined : waiting.metadata.name
  })
}

interface Definition {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}
