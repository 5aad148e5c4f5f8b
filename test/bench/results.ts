import type { Case } from './cases.ts'
import { type Measurement, median } from './measure.ts'

/** A measurement of the floor and the one of the case that came right after it. */
export interface Pair {
  readonly floor: Measurement
  readonly attache: Measurement
}

/** One case over all rounds: medians, and how far the ratio of a single round went. */
export interface CaseResult extends Measurement {
  readonly name: string
  readonly transport: Case['transport']
  readonly floorMicros: number
  /** CPU time as a multiple of the floor's, median of {@link CaseResult.ratios}. */
  readonly ratio: number
  /** That of each round. */
  readonly ratios: readonly number[]
  /** What the goal is and whether it holds; empty where there is none. */
  readonly verdict: string
}

export function resultOf({ name, transport }: Case, pairs: readonly Pair[]): CaseResult {
  const middle = (pick: (measurement: Measurement) => number) =>
    median(pairs.map(({ attache }) => pick(attache)))
  const ratios = pairs.map(({ floor, attache }) => attache.cpuMicros / floor.cpuMicros)
  return {
    name,
    transport,
    cpuMicros: middle(({ cpuMicros }) => cpuMicros),
    perSecond: middle(({ perSecond }) => perSecond),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    floorMicros: median(pairs.map(({ floor }) => floor.cpuMicros)),
    ratio: median(ratios),
    ratios,
    verdict: '',
  }
}

/** Says of each result what its goal is and whether it holds. */
export function judge(
  cases: readonly Case[],
  results: readonly CaseResult[],
): readonly CaseResult[] {
  return results.map((result, index) => {
    const { goal } = cases[index] ?? {}
    if (goal === undefined) return result
    if (goal.kind === 'ratio') {
      return { ...result, verdict: `≤ ${goal.max} ×: ${verdictOn(result, goal.max)}` }
    }
    if (goal.kind === 'micros') {
      const max = (result.floorMicros + goal.aboveFloor) / result.floorMicros
      const text = `≤ floor + ${Math.round(goal.aboveFloor)} µs`
      return { ...result, verdict: `${text}: ${verdictOn(result, max)}` }
    }
    const like = results.find(
      ({ name, transport }) => name === goal.like && transport === result.transport,
    )
    const max = (like?.ratio ?? 0) * 1.2
    return { ...result, verdict: `< ${goal.like} + 20 %: ${verdictOn(result, max)}` }
  })
}

function verdictOn({ ratio, ratios }: CaseResult, max: number): string {
  if (ratio <= max) return 'holds'
  const met = ratios.filter((each) => each <= max).length
  return met === 0 ? 'missed' : `missed, but for ${met} of ${ratios.length} rounds`
}
