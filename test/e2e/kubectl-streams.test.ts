/** What kubectl keeps open stays open, and comes at once: 20 s here, ten minutes in `npm run soak`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fault, type StreamResult, soak } from '../soak/soak.ts'
import { openStreams } from '../soak/streams.ts'
import { type Kubelet, kubeletProgram, runPod, startKubelet } from '../support/kubelet.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { type KubectlBed, startKubectlBed } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const kubeletBinary = await part('kubelet', kubeletProgram)
const binary = await part('Envoy', async () => envoy())

/** Envoy's default for a whole response is 15 s. */
const durationMs = 20_000

describe('what kubectl keeps open behind the gateway', {
  skip: programs.skip || binary.skip || kubeletBinary.skip,
}, () => {
  let bed: KubectlBed
  let kubelet: Kubelet
  let results: readonly StreamResult[]
  before(async () => {
    kubelet = await startKubelet(kubeletBinary.get())
    const { flags, folder: kubeletFolder } = kubelet
    bed = await startKubectlBed({ programs: programs.get(), binary: binary.get(), flags })
    await runPod(bed.cluster.api, { namespace: 'team', name: 'web' }, kubelet)
    const streams = await openStreams(bed)
    results = await soak({ streams, kubeletFolder, durationMs, everyMs: 500 })
    for (const { stop } of streams) await stop()
  })
  after(async () => {
    await bed.stop()
    await kubelet.stop()
  })

  it('is open after 20 s, twelve of them silent, and has lost and held up nothing', () => {
    assert.equal(results.length, 12)
    const faults = results.map((result) => {
      const { name, transport, protocol } = result
      return [name, transport, protocol, fault(result, durationMs)]
    })
    assert.deepEqual(
      faults.filter(([, , , wrong]) => wrong !== undefined),
      [],
    )
  })
})
