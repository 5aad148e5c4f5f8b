import type { CheckedExpr } from '../checked.ts'
import type { Expr, ListExpr, MapExpr } from '../expr.ts'
import { childrenOf } from '../syntax/children.ts'
import { type CelType, dynType } from '../type.ts'
import { formatType, isSameType, unwrapOptional } from './type-relations.ts'
import type { NoteFault } from './validate.ts'

/**
 * All elements of a list literal, all keys and all values of a map literal are of one type; `dyn` is a
 * type too. What stands anywhere in a call of `format()` is free.
 */
export function validateHomogeneous(checked: CheckedExpr, note: NoteFault): void {
  visit(checked.root)

  function visit(expr: Expr): void {
    if (expr.kind === 'call' && expr.function === 'format') return
    if (expr.kind === 'list') validateList(expr)
    if (expr.kind === 'map') validateMap(expr)
    for (const child of childrenOf(expr)) visit(child)
  }

  function validateList({ elements, optionalIndices }: ListExpr): void {
    const optional = new Set(optionalIndices)
    validateParts(
      elements.map((expr, index) => ({ expr, isOptional: optional.has(index) })),
      'element',
    )
  }

  function validateMap({ entries }: MapExpr): void {
    validateParts(
      entries.map(({ key }) => ({ expr: key, isOptional: false })),
      'key',
    )
    validateParts(
      entries.map(({ value, isOptional }) => ({ expr: value, isOptional })),
      'value',
    )
  }

  function validateParts(
    parts: readonly { readonly expr: Expr; readonly isOptional: boolean }[],
    role: string,
  ): void {
    let first: CelType | undefined
    for (const { expr, isOptional } of parts) {
      const written = checked.types.get(expr.id) ?? dynType
      const type = isOptional ? unwrapOptional(written) : written
      if (type === undefined) {
        // Here cel-go's own validator panics.
        note(expr.id, `Cannot use ${formatType(written)} after "?": the type must be an optional`)
        continue
      }
      first ??= type
      if (isSameType(first, type)) continue
      const types = `expected ${formatType(first)} but found ${formatType(type)}`
      note(expr.id, `Cannot mix types: ${types} as ${role} of a literal`)
      return
    }
  }
}
