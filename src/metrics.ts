import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Transport } from './check-input.ts'
import type { CheckEvent } from './check-log.ts'

/** What Attaché counts, in Prometheus' form. Labels never hold what a client chose. */
export interface Metrics {
  readonly checked: (transport: Transport, event: CheckEvent, seconds: number) => void
  readonly refused: (reason: string) => void
  /** A configuration came into force. */
  readonly configLoaded: () => void
  /** A changed configuration could not be used, and the one before stays in force. */
  readonly configRejected: () => void
  readonly groupsOmitted: (count: number) => void
  /** The exposition, in Prometheus' text format. */
  readonly text: () => Promise<string>
}

/** Seconds; a warm check takes far less than a millisecond, a sign-in waits for its provider. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 10]

export interface MetricsOptions {
  /** URLs of the issuers whose keys were never fetched; asked when metrics are read. */
  readonly missingIssuers: () => readonly string[]
}

/** Creates the metrics of one process, Node's own included. */
export function createMetrics({ missingIssuers }: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const checks = new Counter({
    name: 'attache_checks_total',
    help: 'Checks answered, by transport, route, verdict and reason',
    labelNames: ['transport', 'route', 'verdict', 'reason'],
    registers,
  })
  const duration = new Histogram({
    name: 'attache_check_duration_seconds',
    help: 'Time from the check to its answer',
    labelNames: ['transport'],
    buckets,
    registers,
  })
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
  registry.registerMetric(
    new Gauge({
      name: 'attache_issuer_keys_missing',
      help: '1 for each issuer whose keys were never fetched',
      labelNames: ['issuer'],
      registers: [],
      collect() {
        this.reset()
        for (const issuer of missingIssuers()) this.set({ issuer }, 1)
      },
    }),
  )
  const omitted = new Counter({
    name: 'attache_groups_omitted_total',
    help: 'Groups left out of a comma-separated header that cannot hold them',
    registers,
  })
  return {
    checked: (transport, event, seconds) => {
      checks.inc(labels(transport, event))
      duration.observe({ transport }, seconds)
    },
    refused: (reason) => checks.inc({ transport: '', route: '', verdict: 'denied', reason }),
    configLoaded: () => generation.inc(),
    configRejected: () => rejected.inc(),
    groupsOmitted: (count) => omitted.inc(count),
    text: () => registry.metrics(),
  }
}

function labels(transport: Transport, event: CheckEvent): Record<string, string> {
  switch (event.kind) {
    case 'allowed':
      return { transport, route: event.route ?? '', verdict: 'allowed', reason: '' }
    case 'denied':
      return { transport, route: event.route ?? '', verdict: 'denied', reason: event.reason }
    case 'sign-in':
      return { transport, route: '', verdict: 'sign-in', reason: event.outcome?.name ?? '' }
  }
}
