import { isCelError } from '../cel/value.ts'
import type { Expression } from '../config/types.ts'
import { askEachReading, type RequestFacts, type Variables } from './request-variables.ts'

/** What a condition says of one request. */
export type ConditionVerdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly detail: string }
  /** Readings of the path get different verdicts. */
  | { readonly kind: 'ambiguous' }

const holds: ConditionVerdict = { kind: 'holds' }

/** Evaluations for one request: readings of its path times ways in which its host fits. */
const maxEvaluations = 64

/** What all of them may cost together, in CEL's units: what Kubernetes grants to one. */
const maxCost = 1_000_000

/**
 * Asks a route's `when`: it must be true for every way in which the pattern fits, and the same in every
 * reading of the path. An error is a no. What a condition does not look at cannot change its verdict,
 * so most are evaluated once.
 */
export function askCondition(when: Expression, facts: RequestFacts): ConditionVerdict {
  const budget = { evaluations: maxEvaluations, cost: maxCost }
  const [first, ...others] = askEachReading(facts, (ways): ConditionVerdict => {
    for (const variables of ways) {
      const verdict = evaluate(when, variables, budget)
      if (verdict.kind !== 'holds') return verdict
    }
    return holds
  })
  if (first === undefined) return { kind: 'ambiguous' }
  return others.every(({ kind }) => kind === first.kind) ? first : { kind: 'ambiguous' }
}

function evaluate(
  when: Expression,
  variables: Variables,
  budget: { evaluations: number; cost: number },
): ConditionVerdict {
  if (budget.evaluations === 0 || budget.cost <= 0) {
    return { kind: 'fails', detail: 'when takes too long for so many readings of path and host' }
  }
  const { result, cost } = when.measure(variables, budget.cost)
  budget.evaluations -= 1
  budget.cost -= cost
  if (isCelError(result)) return { kind: 'fails', detail: `when fails: ${result.message}` }
  return result === true ? holds : { kind: 'fails', detail: 'when is false' }
}
