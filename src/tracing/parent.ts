import type { SpanContext, TraceState } from '@opentelemetry/api'

/** Versions after 00 may be longer, and begin alike. */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const isZero = /^0+$/

/**
 * The span that a `traceparent` names; undefined for anything that is none: what a client sends is taken
 * or ignored, and neither harms the check. Two lines that were joined with a comma are none either.
 * @see {@link https://www.w3.org/TR/trace-context/#traceparent-header Trace Context §3.2}
 */
export function readTraceparent(
  text: string | undefined,
  traceState: TraceState | undefined,
): SpanContext | undefined {
  // Longer than any version that there is, and short enough to look at.
  if (text === undefined || text.length < 55 || text.length > 512) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = pattern.exec(text) ?? []
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined))
    return undefined
  if (isZero.test(traceId) || isZero.test(spanId)) return undefined
  // Only the lowest bit, "sampled", has a meaning here.
  const traceFlags = Number.parseInt(flags, 16) & 1
  const parent = { traceId, spanId, traceFlags, isRemote: true }
  return traceState === undefined ? parent : { ...parent, traceState }
}
