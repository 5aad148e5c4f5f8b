import type { TracingConfig } from '../../src/config/tracing.ts'
import type { TracingExporterConfig } from '../../src/config/tracing-exporter.ts'
import type { TraceCollector } from './trace-collector.ts'

/** How a collector of tests is reached, with what a test wants to differ. */
export function exporterConfig(
  { url }: Pick<TraceCollector, 'url'>,
  overrides: Partial<TracingExporterConfig> = {},
): TracingExporterConfig {
  return {
    endpoint: new URL('/v1/traces', url),
    encoding: 'http/json',
    headers: {},
    isCompressed: false,
    timeoutMs: 10_000,
    certificateAuthority: undefined,
    clientCertificate: undefined,
    ...overrides,
  }
}

/** Sends every span to a collector of tests, and at once. */
export function tracingConfig(
  collector: Pick<TraceCollector, 'url'>,
  overrides: Partial<TracingConfig> = {},
): TracingConfig {
  return {
    ...defaultTracing,
    exporter: exporterConfig(collector),
    batch: { queue: 2048, size: 512, delayMs: 1 },
    ...overrides,
  }
}

/** What `tracing: {}` alone says. */
export const defaultTracing: TracingConfig = {
  exporter: exporterConfig({ url: 'http://localhost:4318' }, { encoding: 'http/protobuf' }),
  resource: { 'service.name': 'attache' },
  sampling: { ratio: 1, isParentBased: true },
  joinsTraces: true,
  batch: { queue: 2048, size: 512, delayMs: 5000 },
}
