import type { CheckedExpr, Declarations } from '../checked.ts'
import type { Expr } from '../expr.ts'
import { childrenOf } from '../syntax/children.ts'
import type { NoteFault } from './validate.ts'

/**
 * cel-go takes every name whose type is `type` for that of a declared type: a macro's variable that holds
 * one it does not find, and not every message that can be constructed is a value.
 */
export function validateTypeNames(
  { root, types }: CheckedExpr,
  { declarations, note }: { declarations: Declarations; note: NoteFault },
): void {
  visit(root, new Set())

  function visit(expr: Expr, locals: ReadonlySet<string>): void {
    if (expr.kind === 'identifier' && types.get(expr.id)?.kind === 'type') {
      if (locals.has(expr.name) || !declarations.constants.has(expr.name)) {
        note(expr.id, `Cannot use ${JSON.stringify(expr.name)}: it is not the name of a type`)
      }
    }
    for (const child of childrenOf(expr)) visit(child, localsOf(expr, locals))
  }
}

function localsOf(expr: Expr, outer: ReadonlySet<string>): ReadonlySet<string> {
  if (expr.kind !== 'comprehension') return outer
  const { variable, secondVariable, accumulator } = expr
  const locals = new Set(outer).add(variable).add(accumulator)
  return secondVariable === undefined ? locals : locals.add(secondVariable)
}
