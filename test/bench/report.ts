/** What a benchmark says in the end: a table in Markdown, or JSON. */
import type { CaseResult } from './results.ts'

/** The parts that a figure depends on. */
export interface Versions {
  readonly runtime: string
  readonly envoy: string
}

/** What is measured once, and not by a load of its own. */
export interface Facts {
  readonly alonePerSecond: number
  readonly verificationMicros: Readonly<Record<string, number>>
  readonly readyMs: number
  readonly idleMegabytes: number
  /** Tokens that were verified until then, each of them another. */
  readonly tokens: number
  readonly loadedMegabytes: number
}

/** The results as other programs read them. */
export function toJson({ runtime, envoy }: Versions, results: readonly CaseResult[]): string {
  const cases = results.map((result) => ({
    name: result.name,
    transport: result.transport,
    cpuMicros: rounded(result.cpuMicros, 1),
    perSecond: rounded(result.perSecond, 0),
    p50Ms: rounded(result.p50Ms, 2),
    p99Ms: rounded(result.p99Ms, 2),
    floorMicros: rounded(result.floorMicros, 1),
    ratio: rounded(result.ratio, 2),
  }))
  return JSON.stringify({ runtime, envoy, cases }, null, 2)
}

/** The results as people read them. */
export function toMarkdown(
  { runtime, envoy }: Versions,
  results: readonly CaseResult[],
  facts: Facts,
): string {
  const rows = results.map((result) => [
    result.name,
    result.transport === 'grpc' ? 'gRPC' : 'HTTP',
    result.cpuMicros.toFixed(0),
    result.floorMicros.toFixed(0),
    `${result.ratio.toFixed(2)} (${Math.min(...result.ratios).toFixed(2)}–${Math.max(...result.ratios).toFixed(2)})`,
    result.perSecond.toFixed(0),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    result.verdict,
  ])
  const verifications = Object.entries(facts.verificationMicros).map(
    ([algorithm, micros]) => `${algorithm} ${micros.toFixed(0)} µs`,
  )
  return [
    `${runtime}, Envoy ${envoy}, one worker, 32 connections`,
    '',
    ...table([header, ...rows]),
    '',
    `- start to ready: ${facts.readyMs.toFixed(0)} ms`,
    `- resident memory: ${facts.idleMegabytes.toFixed(0)} MB idle, ${facts.loadedMegabytes.toFixed(0)} MB after ${facts.tokens.toLocaleString('en')} different tokens`,
    `- node:crypto verifies one signature in: ${verifications.join(', ')}`,
    `- Envoy alone, without a check: ${facts.alonePerSecond.toFixed(0)} requests a second`,
  ].join('\n')
}

const header = [
  ...['case', 'transport', 'CPU µs', 'floor µs', 'ratio (lowest–highest round)'],
  ...['per second', 'p50 ms', 'p99 ms', 'goal'],
]

function table([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  return [line(head), line(head.map((_, index) => (index < 2 ? '---' : '--:'))), ...rows.map(line)]
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
