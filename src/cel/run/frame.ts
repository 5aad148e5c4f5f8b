import type { RunContext } from '../library.ts'
import type { CelError, CelValue } from '../value.ts'
import type { Meter } from './work.ts'

/** What one evaluation carries along. */
export interface Frame {
  readonly variables: Readonly<Record<string, CelValue>>
  /** The variables of comprehensions, each at a place that was given when the program was planned. */
  readonly slots: (CelValue | CelError | undefined)[]
  readonly context: RunContext
  /** That of the context. */
  readonly meter: Meter
  readonly costLimit: number
  cost: number
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

/** Counts a step's cost. */
export function charge(frame: Frame, cost: number): void {
  frame.cost += cost
  // Written so that a cost that is no number ends the evaluation too.
  if (!(frame.cost <= frame.costLimit)) throw new CostLimitExceeded()
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
