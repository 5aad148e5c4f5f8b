import type { Check, CheckedExpr, Declarations } from '../checked.ts'
import type { CelFault, ConstantExpr, Expr, IdentifierExpr, ParsedExpr } from '../expr.ts'
import { faultAt, inOrder } from '../syntax/position.ts'
import { dynType } from '../type.ts'
import { checkList, checkMap } from './aggregates.ts'
import { checkCall } from './calls.ts'
import { checkComprehension } from './comprehensions.ts'
import { type CheckContext, createContext, type Typed } from './context.ts'
import { checkSelect } from './selections.ts'
import { checkStruct } from './structs.ts'
import { TypeTooLarge } from './substitutions.ts'

/**
 * Checks types as cel-go v0.26 does with Kubernetes' settings (literals of one type, numbers compared
 * across types): it refuses and accepts the same programs.
 * {@link https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#gradual-type-checking cel-spec, Gradual Type Checking}
 */
export const check: Check = (
  parsed: ParsedExpr,
  declarations: Declarations,
): CheckedExpr | readonly CelFault[] => {
  try {
    return checkTree(parsed, declarations)
  } catch (error) {
    if (error instanceof TypeTooLarge) return [faultAt(parsed.source, 0, error.message)]
    throw error
  }
}

function checkTree(
  parsed: ParsedExpr,
  declarations: Declarations,
): CheckedExpr | readonly CelFault[] {
  const context = createContext(parsed, declarations, checkNode)
  const { expr: root } = context.check(parsed.root)
  if (context.faults.length > 0) return inOrder(context.faults)
  const { resolveToDyn } = context.substitutions
  for (const [id, type] of context.types) context.types.set(id, resolveToDyn(type))
  return {
    ...parsed,
    root,
    type: context.types.get(root.id) ?? dynType,
    types: context.types,
    overloads: context.overloads,
  }
}

function checkNode(expr: Expr, context: CheckContext): Typed {
  switch (expr.kind) {
    case 'constant':
      return { expr, type: constantType(expr) }
    case 'identifier':
      return checkIdentifier(expr, context)
    case 'select':
      return checkSelect(expr, context)
    case 'call':
      return checkCall(expr, context)
    case 'list':
      return checkList(expr, context)
    case 'map':
      return checkMap(expr, context)
    case 'struct':
      return checkStruct(expr, context)
    case 'comprehension':
      return checkComprehension(expr, context)
  }
}

function constantType({ constant }: ConstantExpr): Typed['type'] {
  return { kind: constant.type }
}

function checkIdentifier(expr: IdentifierExpr, context: CheckContext): Typed {
  const resolved = context.scope().findName(expr.name)
  if (resolved === undefined) {
    const variables = [...context.declarations.variables.keys()].join(', ') || 'none'
    const message = `Cannot find ${JSON.stringify(expr.name)}: variables here are ${variables}`
    return { expr, type: context.refuse(expr.id, message) }
  }
  return { expr: { ...expr, name: resolved.name }, type: resolved.type }
}
