/** kubectl through every other Envoy that Attaché is tested with: who it is, and a shell. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Envoy } from '../support/envoy.ts'
import { type Kubelet, kubeletProgram, runPod, startKubelet } from '../support/kubelet.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { currentEnvoy, envoy, envoyVersions } from '../support/parts.ts'
import { part } from '../support/require.ts'
import {
  alice,
  type KubectlBed,
  type Person,
  startKubectlBed,
  transports,
  userInfoIn,
} from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const kubeletBinary = await part('kubelet', kubeletProgram)
const current = await part('Envoy', async () => envoy())

const others = await Promise.all(
  envoyVersions
    .filter((version) => version !== currentEnvoy)
    .map(async (version) => {
      return { version, binary: await part(`Envoy ${version}`, async () => envoy(version)) }
    }),
)

const sixty: Person = {
  ...alice,
  groups: Array.from({ length: 60 }, (_, index) => `team-${index}, or „${index}“`),
}

describe('kubectl behind another Envoy', {
  skip: programs.skip || current.skip || kubeletBinary.skip,
}, () => {
  let bed: KubectlBed
  let kubelet: Kubelet
  before(async () => {
    kubelet = await startKubelet(kubeletBinary.get())
    const { flags } = kubelet
    bed = await startKubectlBed({ programs: programs.get(), binary: current.get(), flags })
    await runPod(bed.cluster.api, { namespace: 'team', name: 'web' }, kubelet)
  })
  after(async () => {
    await bed.stop()
    await kubelet.stop()
  })

  for (const { version, binary } of others) {
    for (const transport of transports) {
      describe(`${version} over ${transport}`, { skip: binary.skip }, () => {
        let through: Envoy
        before(async () => {
          through = await bed.gateway(transport, { binary: binary.get() })
        })

        it('is that user, with 60 groups', async () => {
          const whoami = ['auth', 'whoami', '--output=json']
          const { stdout, stderr } = await bed.run(whoami, { who: sixty, transport, through })
          assert.equal(stderr, '')
          assert.partialDeepStrictEqual(userInfoIn(stdout), {
            username: sixty.email,
            groups: [...sixty.groups, 'system:authenticated'],
          })
        })

        for (const webSockets of ['true', 'false']) {
          it(`runs a command, with WebSockets: ${webSockets}`, async () => {
            const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets }
            const exec = ['exec', '--namespace=team', '--stdin', 'web', '--', 'cat']
            const input = 'x'.repeat(10_000)
            const caller = { who: alice, transport, through, env, input }
            const { code, stdout, stderr } = await bed.run(exec, caller)
            assert.deepEqual([code, stderr], [0, ''])
            assert.equal(stdout, input)
          })
        }
      })
    }
  }
})
