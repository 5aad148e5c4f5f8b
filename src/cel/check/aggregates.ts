import type { ListExpr, MapExpr } from '../expr.ts'
import { type CelType, dynType, listType, mapType } from '../type.ts'
import type { CheckContext, Typed } from './context.ts'
import { formatType, isDyn, mostGeneral, unwrapOptional } from './type-relations.ts'

/** `[a, ?b]`. */
export function checkList(expr: ListExpr, context: CheckContext): Typed {
  const optional = new Set(expr.optionalIndices)
  let element: CelType | undefined
  const elements = expr.elements.map((written, index) => {
    const checked = context.check(written)
    const type = optional.has(index) ? optionalPart(context, checked) : checked.type
    element = joinTypes(context, { previous: element, type })
    return checked.expr
  })
  return {
    expr: { ...expr, elements },
    type: listType(element ?? context.substitutions.fresh()),
  }
}

/** `{a: b, ?c: d}`. */
export function checkMap(expr: MapExpr, context: CheckContext): Typed {
  let keys: CelType | undefined
  let values: CelType | undefined
  const entries = expr.entries.map((entry) => {
    const key = context.check(entry.key)
    keys = joinTypes(context, { previous: keys, type: key.type })
    const value = context.check(entry.value)
    const type = entry.isOptional ? optionalPart(context, value) : value.type
    values = joinTypes(context, { previous: values, type })
    return { ...entry, key: key.expr, value: value.expr }
  })
  const { fresh } = context.substitutions
  return { expr: { ...expr, entries }, type: mapType(keys ?? fresh(), values ?? fresh()) }
}

/** What is in the optional after a `?`. */
export function optionalPart({ refuse }: CheckContext, { expr, type }: Typed): CelType {
  const inner = unwrapOptional(type)
  if (inner === undefined && !isDyn(type)) {
    refuse(expr.id, `Cannot use ${formatType(type)} after "?": the type must be an optional`)
  }
  return inner ?? type
}

/** What all have in common; `validate()` refuses a literal whose parts differ, but for `format()`. */
function joinTypes(
  { substitutions }: CheckContext,
  { previous, type }: { previous: CelType | undefined; type: CelType },
): CelType {
  if (previous === undefined) return type
  return substitutions.isAssignable([previous], [type]) ? mostGeneral(previous, type) : dynType
}
