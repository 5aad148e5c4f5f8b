/**
 * `npm run bench [-- --quick] [-- --json] [-- --only TEXT]`: what a decision costs behind a real Envoy,
 * beside what a server costs that answers a constant (the floor). A case is measured right after its
 * floor in each of its rounds, so that both see the same machine at the same minute. With
 * `-- --sessions` it is what sessions in Redis cost (sessions.ts), with `-- --kubernetes` how many
 * requests a second reach a real API server (kubernetes.ts).
 */
import { parseArgs } from 'node:util'
import { currentEnvoy } from '../support/parts.ts'
import { type Case, casesOf } from './cases.ts'
import { benchKubernetes } from './kubernetes.ts'
import type { Load } from './loader.ts'
import { measure, median } from './measure.ts'
import { residentMegabytesOf, startLoader } from './processes.ts'
import { toJson, toMarkdown } from './report.ts'
import { judge, type Pair, resultOf } from './results.ts'
import { measureSessions } from './sessions.ts'
import { startWorld, type Target, transports } from './world.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Cases whose names hold this text. */
    only: { type: 'string', default: '' },
    kubernetes: { type: 'boolean', default: false },
    sessions: { type: 'boolean', default: false },
  },
})

if (values.kubernetes) {
  await benchKubernetes(values)
  process.exit()
}

const rounds = values.quick ? 5 : 9
const maxMs = values.quick ? 250 : 600
const refreshMs = values.quick ? 50 : 150
// Of each algorithm over each transport, in each round: 100,000 in the end.
const newTokens = values.quick ? 800 : 1500
// V8 compiles what runs often while it runs: of tokens that were not seen before the first thousand costs
// three times as much as one behind the first 10,000.
const warmUp = values.quick
  ? { newTokens: 9000, requests: 6000, maxMs: 2000 }
  : { newTokens: 11_500, requests: 10_000, maxMs: 3000 }
// For all new tokens of one measurement, on any machine.
const enoughMs = 60_000
const connections = 32
const versions = { runtime: `node ${process.version}`, envoy: currentEnvoy }

const tell = (text: string): void => console.error(text)

if (values.sessions) {
  console.log(await measureSessions({ versions, tell }))
  process.exit()
}

tell('Starting …')
const world = await startWorld()
const loader = startLoader()
try {
  const cases = transports
    .flatMap((transport) =>
      casesOf(world, transport, { newTokens: warmUp.newTokens + rounds * newTokens }),
    )
    .filter(({ name }) => name.includes(values.only))
  const pairs = await measureAll(cases)
  const results = cases.map((each, index) => resultOf(each, pairs[index] ?? []))
  const judged = judge(cases, results)
  if (values.json) console.log(toJson(versions, judged))
  else console.log(toMarkdown(versions, judged, await facts()))
} finally {
  await loader.stop()
  await world.stop()
}

/**
 * For each case one pair for each round, after one that only warms up. All rounds of a case come before
 * the next case: V8 drops code, and shrinks its heap, where a process rests, so that one with a single
 * case would be measured cold in each round.
 */
async function measureAll(cases: readonly Case[]): Promise<readonly (readonly Pair[])[]> {
  const pairs: (readonly Pair[])[] = []
  for (const each of cases) {
    tell(`${each.name}, ${each.transport} …`)
    await measurePair(each, 0)
    const measured: Pair[] = []
    for (let round = 1; round <= rounds; round += 1) measured.push(await measurePair(each, round))
    pairs.push(measured)
  }
  return pairs
}

async function measurePair(each: Case, round: number): Promise<Pair> {
  const { transport, variant, requests, status } = each
  // Every process warms up by as many requests: some have one case, others many.
  const load = round === 0 ? { ...first(each), connections } : { ...next(each, round), connections }
  const measureTarget = async (target: Target, wanted: string) => {
    // Between its measurements a process of one case rests longer than that of many, or than the floor.
    const known = { requests: requests.slice(0, 1), maxRequests: Number.MAX_SAFE_INTEGER }
    await loader.run({ ...known, connections, maxMs: refreshMs, port: target.port })
    return measure(loader, target, { ...load, status: wanted })
  }
  return {
    floor: await measureTarget(world.floor[transport], '200'),
    attache: await measureTarget(world.attache[variant][transport], status),
  }
}

function first({ requests, once }: Case): Pick<Load, 'requests' | 'maxRequests' | 'maxMs'> {
  if (!once) return { requests, maxRequests: warmUp.requests, maxMs: warmUp.maxMs }
  const tokens = requests.slice(0, warmUp.newTokens)
  return { requests: tokens, maxRequests: tokens.length, maxMs: enoughMs }
}

function next(
  { requests, once }: Case,
  round: number,
): Pick<Load, 'requests' | 'maxRequests' | 'maxMs'> {
  if (!once) return { requests, maxRequests: Number.MAX_SAFE_INTEGER, maxMs }
  const start = warmUp.newTokens + (round - 1) * newTokens
  return {
    requests: requests.slice(start, start + newTokens),
    maxRequests: newTokens,
    maxMs: enoughMs,
  }
}

async function facts() {
  const { issuers, filling, alonePort } = world
  const requests = ['GET / HTTP/1.1\r\nhost: localhost\r\n\r\n']
  const alone: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const maxRequests = Number.MAX_SAFE_INTEGER
    const load = { port: alonePort, connections, requests, maxMs, maxRequests }
    const { answered, seconds } = await loader.run(load)
    alone.push(answered / seconds)
  }
  return {
    alonePerSecond: median(alone),
    verificationMicros: {
      RS256: issuers.verificationMicros('RS256'),
      ES256: issuers.verificationMicros('ES256'),
    },
    readyMs: filling.readyMs,
    idleMegabytes: filling.idleMegabytes,
    tokens: (warmUp.newTokens + newTokens * rounds) * 4,
    loadedMegabytes: await residentMegabytesOf(filling.pid),
  }
}
