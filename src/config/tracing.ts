import { quote } from './document.ts'
import { type OtelVariables, otelVariables } from './otel-variables.ts'
import type { Loading } from './secrets.ts'
import { type TracingExporterConfig, tracingExporter } from './tracing-exporter.ts'

/** Where spans go, which, and how many at a time. */
export interface TracingConfig {
  readonly exporter: TracingExporterConfig
  /** Attributes of the service itself. */
  readonly resource: Readonly<Record<string, string>>
  readonly sampling: {
    /** The share of traces, from 0 to 1. */
    readonly ratio: number
    /** Whoever began a trace decides, and the ratio is for those that begin here. */
    readonly isParentBased: boolean
  }
  /** False: every check begins a trace of its own. */
  readonly joinsTraces: boolean
  readonly batch: {
    /** Spans that wait, at most; what comes then is dropped. */
    readonly queue: number
    /** Spans in one request, at most. */
    readonly size: number
    /** Milliseconds that a span waits for others. */
    readonly delayMs: number
  }
}

/**
 * What the standard variables say, if `tracing` is there; undefined also where they switch it off. What
 * is wrong with them is reported at `tracing`.
 */
export function buildTracing(loading: Loading): TracingConfig | undefined {
  const { document, env } = loading
  if (!document.given('tracing') || !document.usable('tracing')) return undefined
  const variables = otelVariables(env, (message) => {
    document.report('tracing', message, { at: 'key' })
  })
  const { flag, choice } = variables
  const isDisabled = flag('OTEL_SDK_DISABLED')
  const exporters = ['otlp', 'none'] as const
  const sendsTo = choice('OTEL_TRACES_EXPORTER', { values: exporters, fallback: 'otlp' })
  const config: TracingConfig = {
    exporter: tracingExporter(loading, variables),
    resource: resourceOf(variables),
    sampling: samplingOf(variables),
    joinsTraces: propagatorsOf(variables).includes('tracecontext'),
    batch: batchOf(variables),
  }
  return isDisabled || sendsTo === 'none' ? undefined : config
}

function resourceOf({ pairs, text }: OtelVariables): Readonly<Record<string, string>> {
  const attributes = new Map([['service.name', 'attache'], ...pairs('OTEL_RESOURCE_ATTRIBUTES')])
  const name = text('OTEL_SERVICE_NAME')
  if (name !== undefined) attributes.set('service.name', name)
  return Object.fromEntries(attributes)
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

function samplingOf({ choice, text, report }: OtelVariables): TracingConfig['sampling'] {
  const name = 'OTEL_TRACES_SAMPLER'
  const sampler = choice(name, { values: samplers, fallback: 'parentbased_always_on' })
  const isParentBased = sampler.startsWith('parentbased_')
  if (sampler.endsWith('always_on')) return { ratio: 1, isParentBased }
  if (sampler.endsWith('always_off')) return { ratio: 0, isParentBased }
  const given = text(`${name}_ARG`) ?? '1'
  const ratio = /^[0-9]*\.?[0-9]+$/.test(given) ? Number(given) : Number.NaN
  if (ratio >= 0 && ratio <= 1) return { ratio, isParentBased }
  report(`${name}_ARG`, `must be a number from 0 to 1 (got ${quote(given)})`)
  return { ratio: 1, isParentBased }
}

const propagators = [
  'tracecontext',
  'baggage',
  'b3',
  'b3multi',
  'jaeger',
  'xray',
  'ottrace',
  'none',
]

/** Of all these formats only W3C's is read; the others may be named, as other services have them. */
function propagatorsOf({ text, report }: OtelVariables): readonly string[] {
  const name = 'OTEL_PROPAGATORS'
  const given = (text(name) ?? 'tracecontext').split(',').map((item) => item.trim().toLowerCase())
  const unknown = given.find((item) => !propagators.includes(item))
  if (unknown !== undefined) {
    report(name, `must list some of ${propagators.join(', ')} (got ${quote(unknown)})`)
  }
  return given
}

/** A span has a kilobyte or two: the queue is what an absent collector costs in memory. */
const mostSpans = 65_536

/** @see {@link https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor Batch Span Processor} */
function batchOf({ count, report }: OtelVariables): TracingConfig['batch'] {
  const queue = count('OTEL_BSP_MAX_QUEUE_SIZE', { min: 1, max: mostSpans, fallback: 2048 })
  const name = 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'
  const size = count(name, { min: 1, max: mostSpans, fallback: Math.min(queue, 512) })
  if (size > queue)
    report(name, `must be at most OTEL_BSP_MAX_QUEUE_SIZE (got "${size}", and ${queue} there)`)
  const delayMs = count('OTEL_BSP_SCHEDULE_DELAY', { min: 1, max: 600_000, fallback: 5000 })
  return { queue, size, delayMs }
}
