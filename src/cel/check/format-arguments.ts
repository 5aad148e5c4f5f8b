import type { CheckedExpr } from '../checked.ts'
import type { Expr } from '../expr.ts'
import { checkFormat } from '../library/strings/format-check.ts'
import { childrenOf } from '../syntax/children.ts'
import type { NoteFault } from './validate.ts'

/** Literal arguments of `'…'.format([…])` fit the clauses of a literal format. */
export function validateFormatArguments(checked: CheckedExpr, note: NoteFault): void {
  visit(checked.root)

  function visit(expr: Expr): void {
    const overloads = checked.overloads.get(expr.id) ?? []
    if (expr.kind === 'call' && overloads.some(({ id }) => id === 'string_format')) {
      const fault = checkFormat(expr, checked.types)
      if (fault !== undefined) note(fault.id, fault.message)
    }
    for (const child of childrenOf(expr)) visit(child)
  }
}
