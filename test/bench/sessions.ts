/**
 * `npm run bench -- --sessions`: what a decision on a session in Redis costs, with 1,000 sessions there
 * and with 1,000,000, and what each takes there. About two minutes, and 3 GB of memory for Redis.
 */
import { measure, median } from './measure.ts'
import { startLoader } from './processes.ts'
import type { Versions } from './report.ts'
import { type Place, startSessionWorld } from './session-world.ts'
import type { Target } from './world.ts'

/** So many browsers ask that place in turn. */
interface Case {
  readonly place: Place
  readonly browsers: number
}

type Measured = Awaited<ReturnType<typeof measure>>

/** A measurement of the floor and the one of the case that came right after it. */
interface Pair {
  readonly floor: Measured
  readonly attache: Measured
}

const rounds = 7
const maxMs = 400
/** V8 compiles what runs often while it runs. */
const warmUpMs = 3000
const connections = 32
const [few, turns, many] = [1000, 10_000, 1_000_000]

const cases: readonly Case[] = [
  { place: 'cookies', browsers: 1 },
  { place: 'redis with few', browsers: 1 },
  { place: 'redis with many', browsers: 1 },
  { place: 'redis with few', browsers: few },
  { place: 'redis with many', browsers: few },
  { place: 'redis with many', browsers: turns },
]

const stored: Readonly<Record<Place, string>> = {
  cookies: 'none: in cookies',
  'redis with few': few.toLocaleString('en'),
  'redis with many': many.toLocaleString('en'),
}

/** Measures, and says it in Markdown. */
export async function measureSessions({
  versions,
  tell,
}: {
  readonly versions: Versions
  readonly tell: (text: string) => void
}): Promise<string> {
  tell('Starting …')
  const world = await startSessionWorld()
  const loader = startLoader()
  const run = ({ place, browsers }: Case, forMs: number) => {
    const requests = world.targets[place].requests(browsers)
    const load = { connections, maxMs: forMs, requests, maxRequests: Number.MAX_SAFE_INTEGER }
    return (target: Target) => measure(loader, target, { ...load, status: '200' })
  }
  try {
    const emptyBytes = await world.redisBytes()
    tell('Signing in …')
    await world.targets.cookies.signIn(1)
    await world.targets['redis with few'].signIn(few)
    await world.targets['redis with many'].signIn(turns)
    tell('Filling Redis …')
    await world.copyUpTo(many)
    const measured = cases.map((each) => ({ each, pairs: new Array<Pair>() }))
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? 'Warming up …' : `Round ${round} of ${rounds} …`)
      for (const { each, pairs } of measured) {
        const load = run(each, round === 0 ? warmUpMs : maxMs)
        const floor = await load(world.floor)
        const attache = await load(world.targets[each.place])
        if (round > 0) pairs.push({ floor, attache })
      }
    }
    const bytes = ((await world.redisBytes()) - emptyBytes) / many
    return [
      `${versions.runtime}, Envoy ${versions.envoy}, one worker, ${connections} connections, HTTP checks`,
      '',
      ...toTable(measured),
      '',
      `- one session takes ${bytes.toFixed(0)} bytes of Redis, ${await world.valueBytes()} of them its value`,
    ].join('\n')
  } finally {
    await loader.stop()
    await world.stop()
  }
}

function toTable(
  measured: readonly { readonly each: Case; readonly pairs: readonly Pair[] }[],
): readonly string[] {
  const rows = measured.map(({ each: { place, browsers }, pairs }) => {
    const middle = (pick: (pair: Pair) => number) => median(pairs.map(pick))
    const ratios = pairs.map(({ floor, attache }) => attache.cpuMicros / floor.cpuMicros)
    const [lowest, highest] = [Math.min(...ratios), Math.max(...ratios)]
    return [
      stored[place],
      browsers.toLocaleString('en'),
      middle(({ attache }) => attache.cpuMicros).toFixed(0),
      middle(({ floor }) => floor.cpuMicros).toFixed(0),
      `${median(ratios).toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`,
      middle(({ attache }) => attache.perSecond).toFixed(0),
      middle(({ attache }) => attache.p50Ms).toFixed(1),
      middle(({ attache }) => attache.p99Ms).toFixed(1),
    ]
  })
  const head = [
    ...['sessions in Redis', 'browsers in turn', 'CPU µs', 'floor µs'],
    ...['ratio (lowest–highest round)', 'per second', 'p50 ms', 'p99 ms'],
  ]
  return [head, head.map(() => '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
