/**
 * `npm run bench -- --kubernetes [--quick] [--json]`: how many `GET /version` a second reach a real
 * kube-apiserver through Envoy when Attaché answers the checks, beside a server that answers each with
 * the same yes. Both are measured in each round, one right after the other, each as often first. Where
 * something else is busy on the machine, rates swing; the CPU time that a request takes of all processes
 * together, which bounds the rate, swings less.
 */
import { currentEnvoy } from '../support/parts.ts'
import { cpuMicrosOfChildren } from './children.ts'
import { answerers, type KubernetesWorld, startKubernetesWorld } from './kubernetes-world.ts'
import { type Loader, startLoader } from './processes.ts'
import { transports } from './world.ts'

/** What came of one transport. */
export interface KubernetesResult {
  readonly transport: (typeof transports)[number]
  readonly constant: Rate
  readonly attache: Rate
  /** Attaché's rate as a share of the other, of each round. */
  readonly ratios: readonly number[]
}

/** Over all rounds together. */
interface Rate {
  readonly perSecond: number
  /** Of everything that has a part in a request, the load generator too. */
  readonly cpuMicros: number
}

interface Measurement {
  readonly answered: number
  readonly seconds: number
  readonly cpuMicros: number
}

const goal = 0.9

/** Short, so that a busy minute of a shared machine comes over both alike. */
const sliceMs = 300

const connections = 32

/** Measures, and prints a table, or JSON. */
export async function benchKubernetes(options: {
  readonly quick: boolean
  readonly json: boolean
}): Promise<void> {
  console.error('Starting …')
  const world = await startKubernetesWorld()
  const loader = startLoader()
  try {
    const results: KubernetesResult[] = []
    for (const transport of transports) {
      results.push(await measureTransport(transport, { world, loader, quick: options.quick }))
    }
    if (options.json) console.log(JSON.stringify(results))
    else console.log(toMarkdown(results))
  } finally {
    await loader.stop()
    await world.stop()
  }
}

interface Bench {
  readonly world: KubernetesWorld
  readonly loader: Loader
  readonly quick: boolean
}

async function measureTransport(
  transport: (typeof transports)[number],
  { world, loader, quick }: Bench,
): Promise<KubernetesResult> {
  const rounds = quick ? 20 : 80
  // V8 compiles what has run some ten thousand times, and more of Attaché than of a constant.
  const warmUpMs = quick ? 5_000 : 20_000
  console.error(`Over ${transport} …`)
  const pairs: Pair[] = []
  // The first round only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const measured = new Map<string, Measurement>()
    for (const answerer of round % 2 === 0 ? answerers : answerers.toReversed()) {
      const before = await cpuMicrosOfChildren()
      const { answered, seconds, statuses } = await loader.run({
        ...{ port: world.ports[transport][answerer], connections, requests: [world.request] },
        ...{ maxRequests: Number.MAX_SAFE_INTEGER, maxMs: round > 0 ? sliceMs : warmUpMs },
      })
      if (statuses['200'] !== answered) {
        throw new Error(`Cannot measure: wanted 200 alone, got ${JSON.stringify(statuses)}`)
      }
      const cpuMicros = (await cpuMicrosOfChildren()) - before
      measured.set(answerer, { answered, seconds, cpuMicros })
    }
    const [constant, attache] = answerers.map((answerer) => measured.get(answerer))
    if (round > 0 && constant && attache) pairs.push({ constant, attache })
  }
  return {
    transport,
    constant: rateOf(pairs.map(({ constant }) => constant)),
    attache: rateOf(pairs.map(({ attache }) => attache)),
    ratios: pairs.map(
      ({ constant, attache }) => rateOf([attache]).perSecond / rateOf([constant]).perSecond,
    ),
  }
}

interface Pair {
  readonly constant: Measurement
  readonly attache: Measurement
}

function rateOf(measurements: readonly Measurement[]): Rate {
  const sum = (field: keyof Measurement) =>
    measurements.reduce((total, measurement) => total + measurement[field], 0)
  const answered = sum('answered')
  return { perSecond: answered / sum('seconds'), cpuMicros: sum('cpuMicros') / answered }
}

function toMarkdown(results: readonly KubernetesResult[]): string {
  const rows = results.map(({ transport, constant, attache, ratios }) => {
    const ratio = attache.perSecond / constant.perSecond
    return [
      transport === 'grpc' ? 'gRPC' : 'HTTP',
      constant.perSecond.toFixed(0),
      attache.perSecond.toFixed(0),
      `${ratio.toFixed(2)} (${quartile(ratios, 1).toFixed(2)}–${quartile(ratios, 3).toFixed(2)})`,
      `≥ ${goal} ×: ${ratio >= goal ? 'holds' : 'missed'}`,
      constant.cpuMicros.toFixed(0),
      attache.cpuMicros.toFixed(0),
    ]
  })
  const lines = [
    [
      ...['transport', 'constant, per second', 'Attaché, per second'],
      ...['ratio (half of the rounds between)', 'goal', 'constant, CPU µs', 'Attaché, CPU µs'],
    ],
    ['---', '--:', '--:', '--:', '---', '--:', '--:'],
    ...rows,
  ]
  const about = `node ${process.version}, Envoy ${currentEnvoy}, one worker, ${connections} connections`
  return [about, '', ...lines.map((cells) => `| ${cells.join(' | ')} |`)].join('\n')
}

function quartile(numbers: readonly number[], number: 1 | 3): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.round(((sorted.length - 1) * number) / 4)] ?? Number.NaN
}
