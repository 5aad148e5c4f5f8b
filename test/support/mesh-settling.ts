/** When a change has arrived: in istiod, and in the Envoys that it serves. */
import { setTimeout as delay } from 'node:timers/promises'
import type { IstioGateway } from './istio-gateway.ts'
import type { Istiod } from './istiod.ts'
import type { KubeObject } from './kube-apply.ts'

const withinMs = 60_000
const everyMs = 20

/** Resolves when istiod knows each of Istio's objects as it is now, and the mesh configuration. */
export async function untilSeen(
  istiod: Pick<Istiod, 'debug'>,
  objects: readonly KubeObject[],
): Promise<void> {
  const wanted = objects.filter(({ apiVersion }) => apiVersion.includes('.istio.io/'))
  const providers = objects.flatMap(providersIn)
  await until(async () => {
    if (wanted.length > 0) {
      const known = (await istiod.debug('configz')) as readonly KubeObject[]
      const missing = wanted.find((object) => !known.some((one) => isSeen(one, object)))
      if (missing !== undefined) return `istiod with ${missing.kind} "${missing.metadata.name}"`
    }
    if (providers.length === 0) return undefined
    const mesh = JSON.stringify(await istiod.debug('mesh'))
    const missing = providers.find((name) => !mesh.includes(`"name":${JSON.stringify(name)}`))
    return missing === undefined ? undefined : `istiod with extensionProvider "${missing}"`
  })
}

/** Resolves when each gateway runs with that generation and everything before it. */
export async function untilSettled(
  gateways: readonly IstioGateway[],
  generation: number,
): Promise<void> {
  await until(async () => {
    for (const gateway of gateways) {
      const missing = await gateway.missing(generation)
      if (missing !== undefined) return missing
    }
    return undefined
  })
}

/** Or a later version: istiod itself writes into ServiceEntries, their addresses as it allocates them. */
function isSeen({ kind, metadata: a }: KubeObject, { kind: of, metadata: b }: KubeObject): boolean {
  const isNamed = kind === of && a.name === b.name && a.namespace === b.namespace
  return isNamed && versionOf(a) >= versionOf(b)
}

function versionOf({ resourceVersion }: KubeObject['metadata']): bigint {
  return BigInt(String(resourceVersion))
}

/** Names in the text of a mesh configuration. */
function providersIn({ kind, ...object }: KubeObject): string[] {
  const mesh = (object['data'] as { readonly mesh?: string } | undefined)?.mesh
  if (kind !== 'ConfigMap' || mesh === undefined) return []
  return [...mesh.matchAll(/^\s*- name: (\S+)$/gm)].map(([, name = '']) => name)
}

/** Asks until nothing is missing; throws the last that was. */
export async function until(missing: () => Promise<string | undefined>): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  for (;;) {
    const what = await missing()
    if (what === undefined) return
    if (Date.now() > giveUpAt) throw new Error(`Cannot go on without ${what}: it does not come`)
    await delay(everyMs)
  }
}
