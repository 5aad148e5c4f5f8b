import type { ComprehensionExpr, Expr } from '../expr.ts'
import { childrenOf } from '../syntax/children.ts'

/**
 * Whether a macro only ever adds to its accumulator (`map`, `filter`, `transformMap` …). Then the list or
 * map may grow in place, and a loop over n elements costs n, not n². Anything that could look at it in
 * between, such as an expression that names the accumulator itself, rules that out.
 */
export function canGrowInPlace(expr: ComprehensionExpr): boolean {
  const { initial, accumulator, result } = expr
  const isEmpty =
    (initial.kind === 'list' && initial.elements.length === 0) ||
    (initial.kind === 'map' && initial.entries.length === 0)
  if (!isEmpty || !isName(result, accumulator) || mentions(expr.condition, accumulator))
    return false
  return onlyGrows(expr.step, accumulator)
}

/** Whether an expression is the accumulator, with something added or not. */
function onlyGrows(step: Expr, accumulator: string): boolean {
  if (isName(step, accumulator)) return true
  if (step.kind !== 'call' || step.target !== undefined) return false
  const [first, ...rest] = step.args
  if (first === undefined) return false
  if (step.function === '_?_:_') {
    return !mentions(first, accumulator) && rest.every((branch) => onlyGrows(branch, accumulator))
  }
  const isAddition = step.function === '_+_' || step.function === 'cel.@mapInsert'
  if (!isAddition || !isName(first, accumulator)) return false
  return rest.every((added) => !mentions(added, accumulator))
}

function isName(expr: Expr, name: string): boolean {
  return expr.kind === 'identifier' && expr.name === name
}

/** Whether a name stands anywhere in an expression, even where an inner macro hides it. */
function mentions(expr: Expr, name: string): boolean {
  return isName(expr, name) || childrenOf(expr).some((part) => mentions(part, name))
}
