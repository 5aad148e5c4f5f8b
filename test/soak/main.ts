/**
 * `npm run soak [-- --seconds N]`: watches, logs, shells and forwarded ports of real kubectls stay open
 * through a real Envoy, Attaché and a real API server for ten minutes, six of them silent; only the
 * kubelet behind the API server is a stand-in. Ends with exit code 1 if one is cut, loses something or
 * holds it up.
 */
import { parseArgs } from 'node:util'
import { startKubectlBed } from '../e2e/kubectl-bed.ts'
import { kubeletProgram, runPod, startKubelet } from '../support/kubelet.ts'
import { kubernetesPrograms, kubernetesVersion } from '../support/kubernetes-programs.ts'
import { currentEnvoy, envoy } from '../support/parts.ts'
import { fault, promptMs, type StreamResult, soak } from './soak.ts'
import { openStreams } from './streams.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } })
const durationMs = Number(values.seconds) * 1000
if (!(durationMs > 0)) throw new RangeError(`Cannot run for "${values.seconds}" seconds`)

console.error('Starting …')
const kubelet = await startKubelet(await kubeletProgram())
const programs = await kubernetesPrograms()
const bed = await startKubectlBed({ programs, binary: await envoy(), flags: kubelet.flags })
try {
  await runPod(bed.cluster.api, { namespace: 'team', name: 'web' }, kubelet)
  const streams = await openStreams(bed)
  console.error(`${streams.length} streams are open; now ${values.seconds} s …`)
  const results = await soak({ streams, kubeletFolder: kubelet.folder, durationMs })
  print(results)
  for (const { stop } of streams) await stop()
  const isGood = results.every((result) => fault(result, durationMs) === undefined)
  process.exitCode = isGood ? 0 : 1
} finally {
  await bed.stop()
  await kubelet.stop()
}

function print(results: readonly StreamResult[]): void {
  const head = ['stream', 'checks over', 'protocol', 'events', 'lost', 'median ms', 'slowest ms']
  const rows = results.map((result) => [
    `\`${result.name}\``,
    result.transport === 'grpc' ? 'gRPC' : 'HTTP',
    result.protocol,
    String(result.arrived),
    String(result.missing),
    result.medianMs.toFixed(0),
    result.slowestMs.toFixed(0),
    result.silenceSeconds.toFixed(0),
    fault(result, durationMs) ?? 'open',
  ])
  const lines = [
    [...head, 'longest silence s', `at the end, none slower than ${promptMs} ms`],
    ['---', '---', '---', ...Array.from({ length: 5 }, () => '--:'), '---'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`)
  const about = `kube-apiserver ${kubernetesVersion}, Envoy ${currentEnvoy}, ${values.seconds} s`
  console.log([about, '', ...lines].join('\n'))
}
