import type { Load } from './loader.ts'
import { cpuMicrosOf, type Loader } from './processes.ts'
import type { Target } from './world.ts'

/** What one load on one target came to. */
export interface Measurement {
  /** CPU time of the process that answers checks, for each of them. */
  readonly cpuMicros: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Runs one load and says what it cost; throws unless every request got the one status. */
export async function measure(
  loader: Loader,
  target: Target,
  { status, ...load }: Omit<Load, 'port'> & { readonly status: string },
): Promise<Measurement> {
  const before = await cpuMicrosOf(target.pid)
  const { answered, seconds, p50Ms, p99Ms, statuses } = await loader.run({
    ...load,
    port: target.port,
  })
  const cpuMicros = ((await cpuMicrosOf(target.pid)) - before) / answered
  if (answered === 0 || statuses[status] !== answered) {
    throw new Error(`Cannot measure: wanted ${status} alone, got ${JSON.stringify(statuses)}`)
  }
  return { cpuMicros, perSecond: answered / seconds, p50Ms, p99Ms }
}

/** The middle of some numbers; of an even number of them, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
}
