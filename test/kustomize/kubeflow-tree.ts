/** Kubeflow's manifests, small, with this repository in them as somebody has who follows docs/kubeflow.md. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KubeObject } from '../support/kube-apply.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Of April 2026 (`kubeflow/manifests`), and of June 2026 (`kubeflow/community-distribution`). */
export const layouts = ['april', 'june'] as const

export type Layout = (typeof layouts)[number]

export interface Variant {
  readonly layout?: Layout
  /** Changes of the lines of its `resources`, each found once. */
  readonly swap?: readonly (readonly [from: string, to: string])[]
  /** YAML that is added to it. */
  readonly add?: string
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>
}

export interface KubeflowTree {
  /** The folder of a kustomization that differs from the layout's own as `variant` says. */
  readonly folder: (variant?: Variant) => Promise<string>
  readonly remove: () => Promise<void>
}

export async function kubeflowTree(): Promise<KubeflowTree> {
  const root = await mkdtemp(join(tmpdir(), 'attache-kubeflow-'))
  await cp(fileURLToPath(new URL('miniature', import.meta.url)), root, { recursive: true })
  let count = 0
  return {
    folder: async ({ layout = 'june', swap = [], add = '', files = {} } = {}) => {
      const text = await readFile(join(root, layout, 'kustomization.yaml'), 'utf8')
      const folder = join(root, `variant-${++count}`)
      await mkdir(folder)
      await symlink(repository, join(folder, 'attache'))
      await writeFile(join(folder, 'kustomization.yaml'), swap.reduce(swapped, text) + add)
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(folder, name), content)
      }
      return folder
    },
    remove: () => rm(root, { recursive: true }),
  }
}

function swapped(text: string, [from, to]: readonly [string, string]): string {
  const [before, after, ...more] = text.split(from)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new RangeError(`Cannot change the kustomization: "${from}" is not in it just once`)
  }
  return before + to + after
}

/** `Kind namespace/name`. */
export function nameOf({ kind, metadata: { namespace = '', name } }: KubeObject): string {
  return `${kind} ${namespace}/${name}`
}

export function byName(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [nameOf(object), object]))
}
