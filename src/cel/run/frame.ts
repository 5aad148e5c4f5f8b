import type { CallContext } from '../library.ts'
import type { CelError, CelValue } from '../value.ts'

/** What one evaluation carries along. */
export interface Frame {
  readonly variables: Readonly<Record<string, CelValue>>
  /** The variables of comprehensions, each at a place that was given when the program was planned. */
  readonly slots: (CelValue | CelError | undefined)[]
  readonly context: CallContext
  readonly costLimit: number
  cost: number
  /** What was done that cel-go does not count, or not in full. */
  work: number
}

/** One node of a planned program. */
export type Step = (frame: Frame) => CelValue | CelError

/** Ends an evaluation that costs too much; unlike an error of CEL it is not absorbed by `||`. */
export class CostLimitExceeded extends Error {
  override readonly name = 'CostLimitExceeded'

  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/**
 * How much may be done beyond what cel-go counts: turns of a loop, some of which it counts nothing for, and
 * characters and elements looked at where it counts 1 because it does not know the types.
 */
const maxWork = 5_000_000

/** Counts a step's cost. */
export function charge(frame: Frame, cost: number): void {
  frame.cost += cost
  // Written so that a cost that is no number ends the evaluation too.
  if (!(frame.cost <= frame.costLimit)) throw new CostLimitExceeded()
}

/** Counts what cel-go does not. */
export function chargeWork(frame: Frame, work: number): void {
  frame.work += work
  if (!(frame.work <= maxWork)) throw new CostLimitExceeded()
}

/** The most elements of a list and UTF-16 units of a text that an evaluation may make. */
const maxElements = 1_000_000
const maxTextLength = 20_000_000

/**
 * Ends the evaluation when a value is larger than any that cel-go's own costs would let through: where it
 * counts 1 for joining values of unknown type, doubling would fill the memory.
 */
export function boundSize(result: CelValue | CelError): void {
  const length =
    typeof result === 'string'
      ? result.length / maxTextLength
      : Array.isArray(result)
        ? result.length / maxElements
        : result instanceof Uint8Array
          ? result.length / maxTextLength
          : 0
  if (length > 1) throw new CostLimitExceeded()
}
