import { type CelError, type CelValue, celError, isCelError } from '../value.ts'
import { attributeOf, attributePlan } from './attribute.ts'
import { charge } from './frame.ts'
import { failingPlan, type Plan } from './plan.ts'
import { takenOut } from './poison.ts'

/**
 * `a && b` (`decisive` false) and `a || b` (true): the first operand that decides does, whatever errors
 * came before it; else the first error is the result.
 */
export function planJunction(operands: readonly Plan[], decisive: boolean): Plan {
  const steps = operands.map((operand) => operand.evaluate)
  return {
    evaluate: (frame) => {
      let error: CelError | undefined
      for (const step of steps) {
        const value = step(frame)
        if (value === decisive) return decisive
        if (value !== !decisive) error ??= errorOf(value)
      }
      return error ?? !decisive
    },
  }
}

/** `a ? b : c`; only one branch is evaluated, and fields after it belong to that branch. */
export function planConditional([condition, truthy, falsy]: readonly Plan[]): Plan {
  if (condition === undefined || truthy === undefined || falsy === undefined) return noSuchOverload
  return attributePlan({
    kind: 'conditional',
    condition: condition.evaluate,
    truthy: attributeOf(truthy),
    falsy: attributeOf(falsy),
  })
}

/** What macros ask before each turn: false stops them, an error does not. */
export function planNotStrictlyFalse([operand]: readonly Plan[]): Plan {
  if (operand === undefined) return noSuchOverload
  return {
    evaluate: (frame) => {
      const value = operand.evaluate(frame)
      charge(frame, 1)
      return value !== false
    },
  }
}

/** `a.or(b)` and `a.orValue(b)`: the second is evaluated only if the first has no value. They are free. */
export function planOptionalOr([first, second]: readonly Plan[], isValue: boolean): Plan {
  if (first === undefined || second === undefined) return noSuchOverload
  return {
    evaluate: (frame) => {
      const value = first.evaluate(frame)
      // cel-go lets through what is no optional, errors included.
      if (typeof value !== 'object' || value === null || !('kind' in value)) return value
      if (value.kind !== 'optional') return value
      if (value.value === undefined) return second.evaluate(frame)
      return isValue ? takenOut(value.value) : value
    },
  }
}

/** For a call with too few operands, which no checked tree has. */
const noSuchOverload = failingPlan(celError('no such overload'))

function errorOf(value: CelValue | CelError): CelError {
  return isCelError(value) ? value : celError('no such overload')
}
