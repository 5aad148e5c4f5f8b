import type { CallExpr } from '../expr.ts'
import { attributeOf, attributePlan, qualified, resolver } from './attribute.ts'
import type { Locals, Plan, Planning } from './plan.ts'
import { planCall } from './plan-call.ts'
import { foldCall } from './plan-constant-call.ts'
import { planGrowth } from './plan-growth.ts'
import {
  planConditional,
  planJunction,
  planNotStrictlyFalse,
  planOptionalOr,
} from './plan-logic.ts'
import { isKey } from './qualify.ts'

/** Functions and operators; what does not simply evaluate its operands first is told apart here. */
export function planFunction(planning: Planning, expr: CallExpr, locals: Locals): Plan {
  const operands = expr.target === undefined ? expr.args : [expr.target, ...expr.args]
  const args = operands.map((operand) => planning.plan(operand, locals))
  const [first, second] = args
  switch (expr.function) {
    case '_&&_':
      return planJunction(args, false)
    case '_||_':
      return planJunction(args, true)
    case '_?_:_':
      return planConditional(args)
    case '@not_strictly_false':
      return planNotStrictlyFalse(args)
    case 'or':
    case 'orValue':
      return planOptionalOr(args, expr.function === 'orValue')
  }
  if (first !== undefined && second !== undefined) {
    if (isIndex(expr.function)) return planIndex(planning, expr, [first, second])
    if (isGrowth(expr, operands, locals)) return planGrowth(args)
  }
  const call = { name: expr.function, overloads: planning.checked.overloads.get(expr.id) ?? [] }
  return foldCall(planning, expr, { call, args }) ?? planCall(call, args)
}

function isIndex(name: string): boolean {
  return name === '_[_]' || name === '_?._' || name === '_[?_]'
}

function planIndex(
  planning: Planning,
  expr: CallExpr,
  [operand, index]: readonly [Plan, Plan],
): Plan {
  if (index.constant !== undefined && !isKey(index.constant.value)) {
    return planning.refuse(expr.id, 'invalid qualifier type')
  }
  // A variable counts nothing as an index, as in cel-go.
  const step = index.attribute === undefined ? index.evaluate : resolver(index.attribute)
  const qualifier = {
    key: index.constant === undefined ? step : index.constant.value,
    isOptional: expr.function !== '_[_]',
    isTest: false,
  }
  return attributePlan(qualified(attributeOf(operand), qualifier))
}

/** Whether something is added to an accumulator that may grow in place. */
function isGrowth(expr: CallExpr, operands: CallExpr['args'], locals: Locals): boolean {
  const [first] = operands
  if (expr.function !== '_+_' && expr.function !== 'cel.@mapInsert') return false
  if (first?.kind !== 'identifier') return false
  const local = locals.findLast((candidate) => candidate.name === first.name)
  return local?.isBuilder === true
}
