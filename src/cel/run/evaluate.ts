import type { CallContext } from '../library.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { CostLimitExceeded, type Frame, type Step } from './frame.ts'
import { type Meter, maxWork, WorkLimitExceeded } from './work.ts'

/** What one evaluation came to. */
export interface Evaluation {
  readonly result: CelValue | CelError
  /** In units of cel-go's runtime cost. */
  readonly cost: number
  /** What it really did, in units of about a nanosecond. */
  readonly work: number
}

/** Evaluates with these variables; `mostCost` is what it may cost where that is less than the limit. */
export type Measure = (
  variables: Readonly<Record<string, CelValue>>,
  mostCost?: number,
) => Evaluation

/** Evaluates a planned program; whatever happens, the answer is a value or an error. */
export function evaluator(
  evaluate: Step,
  { context, costLimit }: { context: CallContext; costLimit: number },
): Measure {
  return (variables, mostCost = costLimit) => {
    const meter: Meter = { work: 0, limit: maxWork }
    const frame: Frame = {
      variables,
      slots: [],
      context: { regex: context.regex, meter },
      meter,
      costLimit: Math.min(mostCost, costLimit),
      cost: 0,
    }
    try {
      const result = evaluate(frame)
      return { result, cost: frame.cost, work: meter.work }
    } catch (error) {
      return { result: asCelError(error), cost: frame.cost, work: meter.work }
    }
  }
}

function asCelError(error: unknown): CelError {
  if (error instanceof CostLimitExceeded || error instanceof WorkLimitExceeded) {
    return celError(error.message)
  }
  // A text over JavaScript's limit or a stack that is full: bounds that Go does not have.
  if (error instanceof RangeError) return celError(`Cannot evaluate: ${error.message}`)
  throw error
}
