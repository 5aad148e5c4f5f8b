import { type CelError, type CelValue, isCelError } from '../value.ts'
import type { Frame, Step } from './frame.ts'

/** Answers for operands that are values, and counts its own cost. */
export type Apply = (frame: Frame, values: readonly CelValue[]) => CelValue | CelError
/** Counts a call whose operands were all evaluated, but not all to values. */
export type Fail = (frame: Frame, operands: readonly (CelValue | CelError)[]) => void

/** How operands are evaluated and what is done with them. */
export interface Operation {
  readonly apply: Apply
  readonly fail: Fail
  /** Whether an operand is evaluated only if none before it is an error; otherwise both of two are. */
  readonly isInTurn: boolean
}

/** Evaluates operands, then does the operation; the first error is the result. */
export function evaluateOperands(steps: readonly Step[], operation: Operation): Step {
  return operation.isInTurn ? evaluateInTurn(steps, operation) : evaluateAll(steps, operation)
}

function evaluateInTurn(steps: readonly Step[], { apply, fail }: Operation): Step {
  return (frame) => {
    const values: CelValue[] = []
    for (const step of steps) {
      const value = step(frame)
      if (isCelError(value)) {
        if (values.length === steps.length - 1) fail(frame, [...values, value])
        return value
      }
      values.push(value)
    }
    return apply(frame, values)
  }
}

function evaluateAll([first, second]: readonly Step[], { apply, fail }: Operation): Step {
  if (first === undefined) return (frame) => apply(frame, [])
  if (second === undefined) {
    return (frame) => {
      const value = first(frame)
      if (!isCelError(value)) return apply(frame, [value])
      fail(frame, [value])
      return value
    }
  }
  return (frame) => {
    const left = first(frame)
    const right = second(frame)
    if (!isCelError(left) && !isCelError(right)) return apply(frame, [left, right])
    fail(frame, [left, right])
    return isCelError(left) ? left : right
  }
}
