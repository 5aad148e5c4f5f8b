import type { CallExpr, ExprId, SelectExpr } from '../expr.ts'
import { boolType, type CelType, dynType, optionalType } from '../type.ts'
import type { CheckContext, Typed } from './context.ts'
import { qualifiedName } from './qualified-name.ts'
import { formatType, isDynOrError, unwrapOptional } from './type-relations.ts'

/** `operand.field`: a declared name of several parts comes before a field. */
export function checkSelect(expr: SelectExpr, context: CheckContext): Typed {
  const name = qualifiedName(expr)
  const resolved = name === undefined ? undefined : context.scope().findName(name)
  if (resolved !== undefined) {
    return { expr: { kind: 'identifier', id: expr.id, name: resolved.name }, type: resolved.type }
  }
  const operand = context.check(expr.operand)
  const { id, field } = expr
  const type = selectedType(context, { id, field, operand: operand.type, isOptional: false })
  return { expr: { ...expr, operand: operand.expr }, type: expr.isTest ? boolType : type }
}

/** `operand.?field`, which is an optional in any case. */
export function checkOptionalSelect(expr: CallExpr, context: CheckContext): Typed {
  const [operand, name] = expr.args
  if (operand === undefined || name?.kind !== 'constant' || name.constant.type !== 'string') {
    throw new TypeError('Cannot check optional selection: the parser makes it with a field')
  }
  const checked = context.check(operand)
  const field = name.constant.value
  const { id } = expr
  const type = selectedType(context, { id, field, operand: checked.type, isOptional: true })
  context.noteOverloads(id, context.scope().findFunction(expr.function)?.overloads ?? [])
  return { expr: { ...expr, args: [checked.expr, name] }, type }
}

interface Selection {
  readonly id: ExprId
  readonly operand: CelType
  readonly field: string
  readonly isOptional: boolean
}

/** What is selected from an optional is optional too. */
function selectedType(context: CheckContext, { operand, isOptional, ...rest }: Selection): CelType {
  const { resolve } = context.substitutions
  const whole = resolve(operand)
  const inner = unwrapOptional(whole)
  const type = fieldType(context, { ...rest, operand: inner ?? whole })
  return resolve(isOptional || inner !== undefined ? optionalType(type) : type)
}

function fieldType(
  context: CheckContext,
  { id, operand, field }: Omit<Selection, 'isOptional'>,
): CelType {
  if (operand.kind === 'map') return operand.value
  if (operand.kind === 'object') return objectFieldType(context, { id, name: operand.name, field })
  if (operand.kind === 'parameter') {
    // Nothing that is learnt later may narrow what was used as if it were anything.
    context.substitutions.isAssignable([dynType], [operand])
  } else if (!isDynOrError(operand)) {
    context.refuse(
      id,
      `Cannot select ${JSON.stringify(field)}: ${formatType(operand)} has no fields`,
    )
  }
  return dynType
}

/** The declared type of a message's field. */
export function objectFieldType(
  { declarations, refuse }: CheckContext,
  { id, name, field }: { id: ExprId; name: string; field: string },
): CelType {
  const fields = declarations.objects.get(name)?.fields ?? new Map<string, CelType>()
  const known = fields.size === 0 ? 'no fields' : `only ${[...fields.keys()].join(', ')}`
  const message = `Cannot select ${JSON.stringify(field)}: ${name} has ${known}`
  return fields.get(field) ?? refuse(id, message)
}
