/**
 * `npm run bench [-- --quick] [-- --json]`: what a decision costs behind a real Envoy, beside what a
 * server costs that answers a constant (the floor). Each case is measured right after its floor, in
 * rounds over all cases, so that both see the same machine at the same minute. With `-- --sessions` it is
 * what sessions in Redis cost (sessions.ts), with `-- --kubernetes` how many requests a second reach a
 * real API server (kubernetes.ts).
 */
import { parseArgs } from 'node:util'
import { currentEnvoy } from '../support/parts.ts'
import { type Case, casesOf } from './cases.ts'
import { benchKubernetes } from './kubernetes.ts'
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
const newTokens = values.quick ? 400 : 2500
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
  const cases = transports.flatMap((transport) =>
    casesOf(world, transport, { newTokens, measurements: rounds + 1 }),
  )
  const pairs = await measureAll(cases)
  const results = cases.map((each, index) => resultOf(each, pairs[index] ?? []))
  const judged = judge(cases, results)
  if (values.json) console.log(toJson(versions, judged))
  else console.log(toMarkdown(versions, judged, await facts()))
} finally {
  await loader.stop()
  await world.stop()
}

/** For each case one pair for each round; the first time around only warms up. */
async function measureAll(cases: readonly Case[]): Promise<readonly (readonly Pair[])[]> {
  const pairs = cases.map((): Pair[] => [])
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'Warming up …' : `Round ${round} of ${rounds} …`)
    for (const [index, each] of cases.entries()) {
      const pair = await measurePair(each, round)
      if (round > 0) pairs[index]?.push(pair)
    }
  }
  return pairs
}

async function measurePair(each: Case, round: number): Promise<Pair> {
  const { transport, variant, requests, once, status } = each
  const load = {
    // V8 compiles what runs often while it runs: the first time around takes longer.
    ...{ connections, maxMs: round === 0 ? maxMs * 3 : maxMs },
    requests: once ? requests.slice(round * newTokens, (round + 1) * newTokens) : requests,
    maxRequests: once ? newTokens : Number.MAX_SAFE_INTEGER,
  }
  const measureTarget = async (target: Target, wanted: string) => {
    // Between its measurements a process of one case rests longer than that of many, or than the floor.
    if (!once) await loader.run({ ...load, maxMs: refreshMs, port: target.port })
    return measure(loader, target, { ...load, status: wanted })
  }
  return {
    floor: await measureTarget(world.floor[transport], '200'),
    attache: await measureTarget(world.attache[variant][transport], status),
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
    tokens: newTokens * (rounds + 1) * 4,
    loadedMegabytes: await residentMegabytesOf(filling.pid),
  }
}
