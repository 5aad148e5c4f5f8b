import type { Expr } from '../expr.ts'
import { childrenOf } from '../syntax/children.ts'

/** A field of a variable: `claims.email`. */
export interface Selection {
  readonly identifier: string
  readonly field: string
}

/**
 * Whether `identifier.field`, `identifier.?field` or `has(identifier.field)` stands anywhere in the
 * program. Kubernetes asks that of the text, not of the meaning: `identifier['field']` is none, and a
 * macro's variable of that name counts. The tree is a checked one.
 */
export function selectsField(program: { readonly root: Expr }, selection: Selection): boolean {
  return selects(program.root, selection)
}

function selects(expr: Expr, selection: Selection): boolean {
  return isSelection(expr, selection) || childrenOf(expr).some((child) => selects(child, selection))
}

function isSelection(expr: Expr, { identifier, field }: Selection): boolean {
  if (expr.kind === 'select') return isIdentifier(expr.operand, identifier) && expr.field === field
  if (expr.kind !== 'call' || expr.function !== '_?._') return false
  const [operand, name] = expr.args
  return (
    isIdentifier(operand, identifier) && name?.kind === 'constant' && name.constant.value === field
  )
}

function isIdentifier(expr: Expr | undefined, name: string): boolean {
  return expr?.kind === 'identifier' && expr.name === name
}
