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
  /** CPU time as a multiple of the floor's, median of the rounds' ratios. */
  readonly ratio: number
  readonly lowestRatio: number
  readonly highestRatio: number
  readonly goal: string
  readonly verdict: Verdict
}

/** `within spread`: missed by the median, but met in some round, so the machine's noise decides. */
export type Verdict = 'holds' | 'within spread' | 'missed' | ''

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
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
    goal: '',
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
      return { ...result, goal: `≤ ${goal.max} ×`, verdict: verdictOf(result, goal.max) }
    }
    if (goal.kind === 'micros') {
      const max = (result.floorMicros + goal.aboveFloor) / result.floorMicros
      const text = `≤ floor + ${Math.round(goal.aboveFloor)} µs`
      return { ...result, goal: text, verdict: verdictOf(result, max) }
    }
    const like = results.find(
      ({ name, transport }) => name === goal.like && transport === result.transport,
    )
    const max = (like?.ratio ?? 0) * 1.2
    return { ...result, goal: `< ${goal.like} + 20 %`, verdict: verdictOf(result, max) }
  })
}

function verdictOf({ ratio, lowestRatio }: CaseResult, max: number): Verdict {
  if (ratio <= max) return 'holds'
  return lowestRatio <= max ? 'within spread' : 'missed'
}
