import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api'
import type { SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import type { TracingConfig } from '../config/tracing.ts'
import type { TracingExporterConfig } from '../config/tracing-exporter.ts'
import { createSender, type Sender, type SenderOptions } from './sender.ts'

/** OpenTelemetry's SDK with one configuration: spans go in, and batches of them to the collector. */
export interface Pipeline {
  /** Of the kind "server"; what is above it is somewhere else. */
  readonly startCheck: (attributes: Attributes, parent: ParentHeaders) => Span
  readonly endCheck: (span: Span, outcome: Outcome) => void
  /** A request that has ended, below the check that made it; without one it is a trace of its own. */
  readonly recordCall: (call: RecordedCall, above: Span | undefined) => void
  /** Sends what waits, for this long at most; milliseconds. */
  readonly close: (withinMs: number) => Promise<void>
}

export interface Outcome {
  readonly attributes: Attributes
  readonly hasFailed: boolean
}

/** What a caller says of its own span, as it came. */
export interface ParentHeaders {
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

export interface RecordedCall extends Outcome {
  readonly name: string
  /** By `performance.now()`. */
  readonly startedMs: number
}

type Told = Pick<SenderOptions, 'onCall' | 'onSent'>

/** Loads OpenTelemetry, which takes 25 MB that an Attaché without traces does without, and starts it. */
export async function openPipeline(config: TracingConfig, told: Told): Promise<Pipeline> {
  const { exporter, abort } = await openExporter(config.exporter, told)
  const provider = await openProvider(config, exporter)
  // Not the API's global one: nothing in this process but Attaché itself is traced.
  const tracer = provider.getTracer('attache')
  const api = await import('@opentelemetry/api')
  const { readTraceparent } = await import('./parent.ts')

  const below = (parent: SpanContext | undefined): Context =>
    parent === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, parent)

  const end = (span: Span, { attributes, hasFailed }: Outcome): void => {
    span.setAttributes(attributes)
    if (hasFailed) span.setStatus({ code: api.SpanStatusCode.ERROR })
    span.end(performance.now())
  }

  return {
    startCheck: (attributes, { traceparent, tracestate }) => {
      const state = tracestate ? api.createTraceState(tracestate) : undefined
      const parent = config.joinsTraces ? readTraceparent(traceparent, state) : undefined
      return tracer.startSpan('check', { kind: api.SpanKind.SERVER, attributes }, below(parent))
    },
    endCheck: (span, outcome) => {
      if (span.isRecording()) end(span, outcome)
    },
    recordCall: ({ name, attributes, hasFailed, startedMs: startTime }, above) => {
      const options = { kind: api.SpanKind.CLIENT, startTime }
      const span = tracer.startSpan(name, options, below(above?.spanContext()))
      end(span, { attributes, hasFailed })
    },
    close: async (withinMs) => {
      const sent = provider.shutdown().catch(() => {})
      const enough = Promise.withResolvers<void>()
      const timer = setTimeout(enough.resolve, withinMs)
      await Promise.race([sent, enough.promise])
      clearTimeout(timer)
      await abort()
      await sent
    },
  }
}

/** What hands batches of spans to the collector. */
async function openExporter(
  collector: TracingExporterConfig,
  told: Told,
): Promise<{ readonly exporter: SpanExporter; readonly abort: Sender['abort'] }> {
  const [{ ExportResultCode }, { JsonTraceSerializer, ProtobufTraceSerializer }] =
    await Promise.all([import('@opentelemetry/core'), import('@opentelemetry/otlp-transformer')])
  const serializer =
    collector.encoding === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer
  const { send, settled, abort } = createSender(collector, {
    ...told,
    serialize: (spans) => serializer.serializeRequest(spans),
  })
  const sendBatch = async (...[spans, done]: Parameters<SpanExporter['export']>): Promise<void> => {
    const { SUCCESS, FAILED } = ExportResultCode
    done({ code: (await send(spans)) ? SUCCESS : FAILED })
  }
  const exporter: SpanExporter = {
    export: (spans, done) => void sendBatch(spans, done),
    shutdown: settled,
  }
  return { exporter, abort }
}

/** What decides which spans there are, and gathers them. */
async function openProvider(
  { exporter: collector, resource, sampling, batch }: TracingConfig,
  exporter: SpanExporter,
): Promise<TracerProvider> {
  const [sdk, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
  ])
  const byRatio = new sdk.TraceIdRatioBasedSampler(sampling.ratio)
  return new sdk.TracerProvider({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes(resource)),
    sampler: sampling.isParentBased ? new sdk.ParentBasedSampler({ root: byRatio }) : byRatio,
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: batch.queue,
        maxExportBatchSize: batch.size,
        scheduledDelayMillis: batch.delayMs,
        // The sender keeps its time by itself.
        exportTimeoutMillis: collector.timeoutMs + 1000,
      }),
    ],
  })
}
