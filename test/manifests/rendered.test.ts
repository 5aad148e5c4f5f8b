/** What attache manifests --check says of what this repository itself ships, beside Kubeflow and alone: nothing. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { findingsOf } from '../../src/manifests/check/check.ts'
import { readObjects } from '../../src/manifests/check/documents.ts'
import { printFinding } from '../../src/manifests/check/finding.ts'
import { kindsOfInterest } from '../../src/manifests/check/installation.ts'
import { type KubeflowTree, kubeflowTree, layouts } from '../kustomize/kubeflow-tree.ts'
import { buildTogether, configIn, together } from '../kustomize/shipped.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { type Kustomize, kustomizes } from '../support/kustomize.ts'
import { part } from '../support/require.ts'

const programs = await part('kustomize', kustomizes)

const service = { namespace: 'attache', name: 'attache' }

async function said(objects: readonly KubeObject[]): Promise<readonly string[]> {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const read = readObjects({ file: 'rendered.json', text }, kindsOfInterest)
  assert.deepEqual(read.problems, [])
  const config = await configIn(objects)
  return findingsOf(read.objects, { config, service }).map(printFinding)
}

describe('attache manifests --check, of what is shipped', { skip: programs.skip }, () => {
  let kubectl: Kustomize
  let tree: KubeflowTree

  before(async () => {
    ;[kubectl] = programs.get()
    tree = await kubeflowTree()
  })
  after(() => tree.remove())

  for (const components of together) {
    it(`finds no fault with ${components.join(' + ')}`, async () => {
      const found = await said(await buildTogether(kubectl, components))
      // What the component does not bring along: Istio itself.
      const about = found.filter((text) => !text.includes("istiod's Deployment is not in these"))
      assert.deepEqual(about, [])
    })

    for (const layout of layouts) {
      it(`finds nothing with ${components.join(' + ')} beside Kubeflow of ${layout}`, async () => {
        const list = components.map((name) => `attache/kustomize/components/${name}`).join(', ')
        const folder = await tree.folder({ layout, add: `\ncomponents: [${list}]\n` })
        assert.deepEqual(await said(await kubectl.build(folder)), [])
      })
    }
  }
})
