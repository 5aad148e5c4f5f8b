/** What kustomize makes of the folders that people name, and what of it chooses the pods of Attaché. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { KubeObject } from '../support/kube-apply.ts'
import { kustomizes } from '../support/kustomize.ts'
import { part } from '../support/require.ts'
import { nameOf } from './kubeflow-tree.ts'
import { buildTogether, together } from './shipped.ts'

const programs = await part('kustomize', kustomizes)

type Labels = Readonly<Record<string, string>>

interface Selector {
  readonly matchLabels?: Labels
}

interface Workload {
  readonly template: {
    readonly metadata: { readonly labels: Labels }
    readonly spec: {
      readonly topologySpreadConstraints?: readonly {
        readonly topologyKey: string
        readonly labelSelector: Selector
      }[]
    }
  }
}

const own: Labels = { 'app.kubernetes.io/name': 'attache' }

function specOf(objects: readonly KubeObject[], name: string): unknown {
  const object = objects.find((one) => nameOf(one) === name)
  assert.ok(object, `there is no ${name}`)
  return object['spec']
}

describe('folders of kustomize/', { skip: programs.skip }, () => {
  const sets: readonly (readonly string[])[] = [[], ...together]

  for (const set of sets) {
    const title = set.length === 0 ? 'base' : set.join(' + ')

    describe(title, () => {
      let objects: readonly KubeObject[]
      let others: readonly KubeObject[]
      before(async () => {
        const [kubectl, kustomize] = programs.get()
        objects = await buildTogether(kubectl, set)
        others = await buildTogether(kustomize, set)
      })

      it("are the same objects by kubectl's kustomize and by kustomize 5.8", () => {
        assert.ok(objects.length > 8)
        assert.deepEqual(others, objects)
      })

      it('spread the pods over nodes and zones', () => {
        const { template } = specOf(objects, 'Deployment attache/attache') as Workload
        const constraints = template.spec.topologySpreadConstraints ?? []
        assert.deepEqual(
          constraints.map(({ topologyKey, labelSelector }) => [topologyKey, labelSelector]),
          ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((key) => [
            key,
            { matchLabels: own },
          ]),
        )
        assert.deepEqual(template.metadata.labels, own)
      })

      it('let one pod be disrupted at a time, and scale the Deployment', () => {
        const budget = specOf(objects, 'PodDisruptionBudget attache/attache') as {
          readonly selector: Selector
          readonly maxUnavailable: number
        }
        assert.deepEqual([budget.selector, budget.maxUnavailable], [{ matchLabels: own }, 1])
        const scaler = specOf(objects, 'HorizontalPodAutoscaler attache/attache') as {
          readonly scaleTargetRef: unknown
        }
        const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'attache' }
        assert.deepEqual(scaler.scaleTargetRef, target)
      })

      it('have no secret', () => {
        assert.deepEqual(objects.filter(({ kind }) => kind === 'Secret').map(nameOf), [])
      })
    })
  }
})
