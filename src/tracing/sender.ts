import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { Agent, request } from 'undici'
import type { TracingExporterConfig } from '../config/tracing-exporter.ts'
import type { CountCall } from '../outgoing-call.ts'

/** Sends batches of spans to a collector. */
export interface Sender {
  /** Whether the collector has taken them, within the configured time. Never rejects. */
  readonly send: (spans: ReadableSpan[]) => Promise<boolean>
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>
  /** Gives up everything that is under way, and closes the connections. */
  readonly abort: () => Promise<void>
}

export interface SenderOptions {
  /** The message that says these spans, in the configured encoding. */
  readonly serialize: (spans: ReadableSpan[]) => Uint8Array | undefined
  readonly onCall: CountCall
  /** Told what became of each batch: why it was dropped, or undefined. */
  readonly onSent: (fault: string | undefined) => void
  /** Milliseconds before the second attempt; each further one waits half as long again. Default: 1000. */
  readonly pauseMs?: number
}

const compress = promisify(gzip)

/** Nobody reads the answer; a collector that goes on and on is cut off. */
const maxAnswerBytes = 64 * 1024

/** At most as many batches wait for their answer as there are of them when the service stops. */
const maxConnections = 4

/**
 * Creates the sender to a collector that speaks OTLP over HTTP. What it is for never waits for it:
 * one batch at a time, each within its time, and what cannot be sent is dropped.
 *
 * The SDK's own exporter cannot be stopped: its retries would hold the process after its grace.
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#otlphttp OTLP/HTTP}
 */
export function createSender(config: TracingExporterConfig, options: SenderOptions): Sender {
  const { certificateAuthority: ca, clientCertificate, timeoutMs } = config
  const { serialize, onCall, onSent, pauseMs = 1000 } = options
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }), ...clientCertificate },
    connections: maxConnections,
    maxResponseSize: maxAnswerBytes,
    allowH2: false,
  })
  const stopped = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const headers = {
    'user-agent': 'attache',
    ...config.headers,
    'content-type': config.encoding === 'http/json' ? 'application/json' : 'application/x-protobuf',
    ...(config.isCompressed ? { 'content-encoding': 'gzip' } : {}),
  }

  async function post(body: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const startedMs = performance.now()
    const done = (result: string) => onCall(result, { startedMs })
    try {
      const answer = await request(config.endpoint, {
        method: 'POST',
        dispatcher: agent,
        headers,
        body,
        signal,
      })
      done(String(answer.statusCode))
      // The status has said it already.
      await answer.body.dump({ limit: maxAnswerBytes, signal }).catch(() => {})
      return judge(answer.statusCode, answer.headers['retry-after'])
    } catch (error) {
      const fault = error instanceof Error ? error.message : 'no answer'
      done(signal.aborted ? 'timeout' : 'error')
      return { isFinal: signal.aborted, fault, waitMs: undefined }
    }
  }

  /** Why they could not be sent. */
  async function attemptAll(spans: ReadableSpan[]): Promise<string | undefined> {
    const message = serialize(spans)
    if (message === undefined) return 'the spans could not be written'
    const body = config.isCompressed ? await compress(message) : message
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)])
    for (let waitMs = pauseMs; ; waitMs *= 1.5) {
      const attempt = await post(body, signal)
      if (attempt.isFinal) return attempt.fault
      await delay(attempt.waitMs ?? waitMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return attempt.fault
    }
  }

  return {
    send: async (spans) => {
      const sending = attemptAll(spans).catch((error: unknown) =>
        error instanceof Error ? error.message : 'an unknown failure',
      )
      underWay.add(sending)
      const fault = await sending
      underWay.delete(sending)
      onSent(fault)
      return fault === undefined
    },
    settled: async () => {
      await Promise.all(underWay)
    },
    abort: async () => {
      stopped.abort()
      await agent.destroy()
    },
  }
}

interface Attempt {
  /** No further attempt would come to anything else. */
  readonly isFinal: boolean
  /** Undefined: the collector has taken it. */
  readonly fault: string | undefined
  /** What the collector asks to wait, in milliseconds. */
  readonly waitMs: number | undefined
}

/** @see {@link https://opentelemetry.io/docs/specs/otlp/#failures-1 Failures} */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504])

function judge(status: number, retryAfter: string | string[] | undefined): Attempt {
  if (status >= 200 && status <= 299) return { isFinal: true, fault: undefined, waitMs: undefined }
  const fault = `the collector answered ${status}`
  const seconds = /^\d{1,6}$/.test(String(retryAfter)) ? Number(retryAfter) : undefined
  const waitMs = seconds === undefined ? undefined : seconds * 1000
  return { isFinal: !retryable.has(status), fault, waitMs }
}
