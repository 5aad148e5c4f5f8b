import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { CheckInput } from './check-input.ts'
import type { CheckEvent } from './check-log.ts'
import type { KeysInForce } from './keys-in-force.ts'
import type { CountCallTo } from './outgoing-call.ts'
import type { RefreshResult } from './session/sessions.ts'

/** What Attaché counts, in Prometheus' form. Labels never hold what a client chose. */
export interface Metrics {
  readonly checked: (transport: CheckInput['transport'], event: CheckEvent, seconds: number) => void
  readonly refused: (reason: string) => void
  /** A configuration came into force. */
  readonly configLoaded: () => void
  /** A changed configuration could not be used, and the one before stays in force. */
  readonly configRejected: () => void
  readonly groupsOmitted: (count: number) => void
  readonly sessionRefreshed: (result: RefreshResult) => void
  readonly keysLoaded: (keys: KeysInForce) => void
  /** Attaché has asked somebody else: an issuer by its URL, or `kubernetes`. */
  readonly called: CountCallTo
  /** The exposition, in Prometheus' text format. */
  readonly text: () => Promise<string>
}

/** Seconds; a warm check takes far less than a millisecond, a sign-in waits for its provider. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 10]

export interface MetricsOptions {
  /** URLs of the issuers whose keys were never fetched; asked when metrics are read. */
  readonly missingIssuers: () => readonly string[]
  /** What readiness names, in words; asked when metrics are read. */
  readonly missing: () => readonly string[]
}

/** Creates the metrics of one process, Node's own included. */
export function createMetrics({ missingIssuers, missing }: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const checks = createTally()
  const duration = {
    grpc: createDurations(),
    http: createDurations(),
    direct: createDurations(),
  }
  const generation = new Gauge({
    name: 'attache_config_generation',
    help: 'Counts the configurations that came into force',
    registers,
  })
  const rejected = new Counter({
    name: 'attache_config_rejected_total',
    help: 'Changed configurations that could not be used',
    registers,
  })
  const omitted = new Counter({
    name: 'attache_groups_omitted_total',
    help: 'Groups left out of a comma-separated header that cannot hold them',
    registers,
  })
  const refreshes = new Counter({
    name: 'attache_session_refreshes_total',
    help: 'Sessions whose provider was asked again, by what came of it',
    labelNames: ['result'],
    registers,
  })
  const keys = new Gauge({
    name: 'attache_keys_generation',
    help: 'Number of keys in force, with their ids in order; the first seals or signs',
    labelNames: ['keys', 'first', 'all'],
    registers,
  })
  const calls = new Counter({
    name: 'attache_outgoing_calls_total',
    help: 'Requests to issuers and to the API server, by the status of the answer, timeout or error',
    labelNames: ['peer', 'result'],
    registers,
  })
  const issuerKeysMissing = new Gauge({
    name: 'attache_issuer_keys_missing',
    help: '1 for each issuer whose keys were never fetched',
    labelNames: ['issuer'],
    registers,
  })
  const partsMissing = new Gauge({
    name: 'attache_missing',
    help: '1 for each part that readiness names, in its words',
    labelNames: ['part'],
    registers,
  })
  const expose = async (): Promise<string> => {
    issuerKeysMissing.reset()
    for (const issuer of missingIssuers()) issuerKeysMissing.set({ issuer }, 1)
    partsMissing.reset()
    for (const part of missing()) partsMissing.set({ part }, 1)
    return [checks.text(), durationText(duration), await registry.metrics()].join('\n')
  }
  return {
    checked: (transport, event, seconds) => {
      const route = event.kind === 'sign-in' ? '' : (event.route ?? '')
      checks.count(outcomeLabels(transport, event), route)
      duration[transport].observe(seconds)
    },
    refused: (reason) => checks.count(`transport="",verdict="denied",reason="${reason}"`, ''),
    configLoaded: () => generation.inc(),
    configRejected: () => rejected.inc(),
    groupsOmitted: (count) => omitted.inc(count),
    sessionRefreshed: (result) => refreshes.inc({ result }),
    keysLoaded: ({ session, identity }) => {
      keys.reset()
      for (const [name, ids] of [
        ['session', session],
        ['identity', identity],
      ] as const) {
        const [first] = ids
        if (first !== undefined) keys.set({ keys: name, first, all: ids.join(' ') }, ids.length)
      }
    },
    called: (peer, result) => calls.inc({ peer, result }),
    text: expose,
  }
}

interface Tally {
  readonly count: (labels: string, route: string) => void
  readonly text: () => string
}

/**
 * Counts by label text and route. Each check counts, and prom-client sorts and joins the labels anew
 * each time, which costs as much as finding the route.
 */
function createTally(): Tally {
  const counts = new Map<string, Map<string, number>>()
  return {
    count: (labels, route) => {
      const byRoute = counts.get(labels) ?? new Map<string, number>()
      if (byRoute.size === 0) counts.set(labels, byRoute)
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1)
    },
    text: () => {
      const lines = [...counts].flatMap(([labels, byRoute]) =>
        [...byRoute].map(([route, count]) => `${checksName}{${labels},route="${route}"} ${count}`),
      )
      const help = `# HELP ${checksName} Checks answered, by transport, route, verdict and reason`
      return [help, `# TYPE ${checksName} counter`, ...lines].join('\n')
    },
  }
}

const checksName = 'attache_checks_total'
const allowedLabels = {
  grpc: 'transport="grpc",verdict="allowed",reason=""',
  http: 'transport="http",verdict="allowed",reason=""',
  direct: 'transport="direct",verdict="allowed",reason=""',
}

/** Labels in Prometheus' text form. No value needs escaping: none comes from a client or the operator. */
function outcomeLabels(transport: CheckInput['transport'], event: CheckEvent): string {
  switch (event.kind) {
    case 'allowed':
      return allowedLabels[transport]
    case 'denied':
      return `transport="${transport}",verdict="denied",reason="${event.reason}"`
    case 'sign-in':
      return `transport="${transport}",verdict="sign-in",reason="${event.outcome?.name ?? ''}"`
  }
}

interface Durations {
  readonly observe: (seconds: number) => void
  /** Observations at most as long as each bucket, then all of them. */
  readonly cumulative: () => readonly number[]
  readonly sum: () => number
}

function createDurations(): Durations {
  const counts = Array.from({ length: buckets.length + 1 }, () => 0)
  let sum = 0
  return {
    observe: (seconds) => {
      let index = 0
      while (index < buckets.length && seconds > (buckets[index] ?? 0)) index += 1
      counts[index] = (counts[index] ?? 0) + 1
      sum += seconds
    },
    cumulative: () => {
      let total = 0
      return counts.map((count) => {
        total += count
        return total
      })
    },
    sum: () => sum,
  }
}

function durationText(durations: Readonly<Record<CheckInput['transport'], Durations>>): string {
  const name = 'attache_check_duration_seconds'
  const series = Object.entries(durations).flatMap(([transport, { cumulative, sum }]) => {
    const counts = cumulative()
    const labels = `transport="${transport}"`
    const lines = [...buckets, '+Inf'].map(
      (bound, index) => `${name}_bucket{le="${bound}",${labels}} ${counts[index] ?? 0}`,
    )
    return [
      ...lines,
      `${name}_sum{${labels}} ${sum()}`,
      `${name}_count{${labels}} ${counts.at(-1)}`,
    ]
  })
  const help = `# HELP ${name} Time from the check to its answer`
  return [help, `# TYPE ${name} histogram`, ...series].join('\n')
}
