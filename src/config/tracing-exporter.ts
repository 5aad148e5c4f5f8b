import { createPrivateKey, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import type { OtelVariables } from './otel-variables.ts'
import type { Loading } from './secrets.ts'

/** The collector, and how it wants its spans. */
export interface TracingExporterConfig {
  /** Spans are posted there as it is: `/v1/traces` is part of it. */
  readonly endpoint: URL
  readonly encoding: 'http/protobuf' | 'http/json'
  /** Of each request, names in lower case. A value may be a key: it is in no message. */
  readonly headers: Readonly<Record<string, string>>
  readonly isCompressed: boolean
  /** Milliseconds for one batch, with all its attempts. */
  readonly timeoutMs: number
  /** The only root of the collector's certificate, PEM; undefined: those that Node has. */
  readonly certificateAuthority: string | undefined
  /** Shown to a collector that wants one, PEM. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined
}

const timeouts = { min: 1, max: 600_000 }

/** @see {@link https://opentelemetry.io/docs/specs/otel/protocol/exporter/ OTLP exporter} */
export function tracingExporter(loading: Loading, variables: OtelVariables): TracingExporterConfig {
  const { ofTraces, choice, count } = variables
  const exportMs = count('OTEL_BSP_EXPORT_TIMEOUT', { ...timeouts, fallback: 30_000 })
  const timeoutMs = count(ofTraces('TIMEOUT'), { ...timeouts, fallback: 10_000 })
  const encodings = ['http/protobuf', 'http/json'] as const
  const compressions = ['none', 'gzip'] as const
  return {
    endpoint: endpointOf(variables),
    encoding: choice(ofTraces('PROTOCOL'), { values: encodings, fallback: 'http/protobuf' }),
    headers: headersOf(variables),
    isCompressed:
      choice(ofTraces('COMPRESSION'), { values: compressions, fallback: 'none' }) === 'gzip',
    // So that a batch has ended, one way or the other, before the next is sent.
    timeoutMs: Math.min(timeoutMs, exportMs),
    certificateAuthority: pemFile(loading, variables, {
      what: 'CERTIFICATE',
      parse: (pem) => new X509Certificate(pem),
    }),
    clientCertificate: clientCertificateOf(loading, variables),
  }
}

function endpointOf(variables: OtelVariables): URL {
  const ofTraces = variables.url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  if (ofTraces !== undefined) return ofTraces
  const base = variables.url('OTEL_EXPORTER_OTLP_ENDPOINT') ?? new URL('http://localhost:4318')
  const endpoint = new URL(base)
  endpoint.pathname = `${base.pathname.replace(/\/$/, '')}/v1/traces`
  return endpoint
}

/** Of the message itself, and of the connection. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function headersOf(variables: OtelVariables): Readonly<Record<string, string>> {
  const headers = new Map<string, string>()
  for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
    for (const [key, value] of variables.pairs(name)) {
      const header = key.toLowerCase()
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(header) || ownHeaders.has(header)) {
        variables.report(name, `must not have a header "${header.slice(0, 80)}"`)
      } else if (!/^[\t\x20-\x7e]*$/.test(value)) {
        variables.report(name, `must be printable ASCII: the value of "${header}" is not`)
      } else headers.set(header, value)
    }
  }
  return Object.fromEntries(headers)
}

function clientCertificateOf(
  loading: Loading,
  variables: OtelVariables,
): TracingExporterConfig['clientCertificate'] {
  const cert = pemFile(loading, variables, {
    what: 'CLIENT_CERTIFICATE',
    parse: (pem) => new X509Certificate(pem),
  })
  const key = pemFile(loading, variables, { what: 'CLIENT_KEY', parse: createPrivateKey })
  const isGiven = (what: string) => variables.text(variables.ofTraces(what)) !== undefined
  if (isGiven('CLIENT_CERTIFICATE') !== isGiven('CLIENT_KEY')) {
    const [there, missing] = isGiven('CLIENT_KEY') ? ['KEY', 'CERTIFICATE'] : ['CERTIFICATE', 'KEY']
    const message = `has no use without OTEL_EXPORTER_OTLP_CLIENT_${missing}`
    variables.report(variables.ofTraces(`CLIENT_${there}`), message)
  }
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

interface PemFile {
  readonly what: string
  /** Throws for what is none. */
  readonly parse: (pem: string) => unknown
}

function pemFile(
  { files }: Loading,
  { ofTraces, text, report }: OtelVariables,
  { what, parse }: PemFile,
): string | undefined {
  const variable = ofTraces(what)
  const name = text(variable)
  if (name === undefined) return undefined
  // Relative to where the process runs, as everywhere that these variables are read.
  const content = files.read(resolve(name))
  if (!content.ok) {
    report(variable, `must name a file that can be read: ${content.why}`)
    return undefined
  }
  try {
    parse(content.text)
    return content.text
  } catch {
    report(variable, 'must name a file that holds PEM: what it holds does not parse')
    return undefined
  }
}
