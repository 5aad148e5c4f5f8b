/**
 * `tracing/` tells a collector how long checks take and what they wait for, in OpenTelemetry's terms. It
 * is beside every decision and in none: what goes wrong here is a log line. It has nothing to do with
 * `trace.ts`, the steps that `attache explain` prints.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Span } from '@opentelemetry/api'
import type { Logger } from 'pino'
import type { Answer } from '../answer.ts'
import type { CheckInput } from '../check-input.ts'
import type { TracingConfig } from '../config/tracing.ts'
import type { CountCall, CountCallTo } from '../outgoing-call.ts'
import {
  answerAttributes,
  callAttributes,
  isFailedCall,
  isFailure,
  requestAttributes,
} from './attributes.ts'
import { openPipeline, type Pipeline } from './pipeline.ts'

/** The traces of one process; they outlive a configuration. */
export interface Tracing {
  readonly startCheck: StartCheckSpan
  /** A request to a peer has ended: it is told below the check that it was made for. */
  readonly called: CountCallTo
  /**
   * Traces as this configuration says from now on, or not at all. Resolves when it does; what came
   * before it is sent off without anybody waiting. Never rejects.
   */
  readonly use: (config: TracingConfig | undefined) => Promise<void>
  /** Sends what waits, for this long at most; milliseconds. */
  readonly close: (withinMs: number) => Promise<void>
}

/**
 * Begins the span of a check; undefined while tracing is off, and that is all that it costs then.
 * `callHeader` is what the caller says beside the request: the metadata of a gRPC call.
 */
export type StartCheckSpan = (
  input: CheckInput,
  callHeader: ((name: string) => string | undefined) | undefined,
) => CheckSpan | undefined

/** The span of one check. */
export interface CheckSpan {
  /** Does the work; requests that it makes are told below this span. */
  readonly run: <T>(work: () => T) => T
  readonly end: (answer: Answer) => void
}

export interface TracingOptions {
  readonly log: Logger
  /** Told about each request to the collector. */
  readonly onCall: CountCall
}

/** A check, as those see it who are called in its course. */
interface Scope {
  readonly span: Span
  /** Timers that it has started see it too, long after. By `performance.now()`. */
  endedMs: number
}

/** How long spans of a configuration that is gone may take to be sent; milliseconds. */
const replacedWithinMs = 10_000

/** Creates them, switched off. */
export function createTracing({ log, onCall }: TracingOptions): Tracing {
  const scopes = new AsyncLocalStorage<Scope>()
  let pipeline: Pipeline | undefined
  let wanted: TracingConfig | undefined

  const use: Tracing['use'] = async (config) => {
    if (JSON.stringify(config) === JSON.stringify(wanted)) return
    wanted = config
    const before = pipeline
    const onSent = config && tellTroubles(log, config)
    try {
      const next = config && onSent && (await openPipeline(config, { onCall, onSent }))
      if (wanted === config) {
        pipeline = next
        void before?.close(replacedWithinMs)
      } else await next?.close(0)
    } catch (err) {
      log.error({ err }, 'tracing could not be started')
    }
  }

  return {
    startCheck: (input, callHeader) =>
      pipeline && startSpan(pipeline, { scopes, input, callHeader }),
    called: (peer, result, details) => {
      if (pipeline === undefined || details === undefined) return
      const { startedMs, http } = details
      const scope = scopes.getStore()
      const isOfCheck = scope !== undefined && startedMs <= scope.endedMs
      const name = http === undefined ? peer : [http.method, http.path].filter(Boolean).join(' ')
      const attributes = callAttributes(peer, { result, http })
      const call = { name, attributes, hasFailed: isFailedCall(result), startedMs }
      pipeline.recordCall(call, isOfCheck ? scope.span : undefined)
    },
    use,
    close: async (withinMs) => {
      wanted = undefined
      const last = pipeline
      pipeline = undefined
      await last?.close(withinMs)
    },
  }
}

interface Starting {
  readonly scopes: AsyncLocalStorage<Scope>
  readonly input: CheckInput
  readonly callHeader: Parameters<StartCheckSpan>[1]
}

function startSpan(pipeline: Pipeline, { scopes, input, callHeader }: Starting): CheckSpan {
  // Over gRPC the request's own headers are the client's, and Envoy speaks of its span in the call;
  // over HTTP it writes it among the headers.
  const inCall = callHeader?.('traceparent')
  const header = inCall === undefined ? (name: string) => input.headers.get(name) : callHeader
  const parent = { traceparent: header?.('traceparent'), tracestate: header?.('tracestate') }
  const span = pipeline.startCheck(requestAttributes(input), parent)
  const scope: Scope = { span, endedMs: Number.POSITIVE_INFINITY }
  return {
    run: (work) => scopes.run(scope, work),
    end: (answer) => {
      scope.endedMs = performance.now()
      const attributes = answerAttributes(answer)
      pipeline.endCheck(span, { attributes, hasFailed: isFailure(answer) })
    },
  }
}

/** One line when spans begin to be lost, and one when they no longer are. */
function tellTroubles(log: Logger, { exporter }: TracingConfig) {
  // What follows the path may be a key.
  const collector = exporter.endpoint.origin + exporter.endpoint.pathname
  let isInTrouble = false
  return (fault: string | undefined): void => {
    if (isInTrouble === (fault !== undefined)) return
    isInTrouble = fault !== undefined
    if (isInTrouble) log.warn({ collector, why: fault }, 'traces are lost: they cannot be sent')
    else log.info({ collector }, 'traces are sent again')
  }
}
