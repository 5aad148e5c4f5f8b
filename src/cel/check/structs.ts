import type { ExprId, StructExpr, StructField } from '../expr.ts'
import type { CelType } from '../type.ts'
import { optionalPart } from './aggregates.ts'
import type { CheckContext, Typed } from './context.ts'
import { objectFieldType } from './selections.ts'
import { formatType, unwrapWrapper } from './type-relations.ts'

/** Messages that are of a type of CEL's own, by that type's kind. */
const wellKnownNames: Readonly<Partial<Record<CelType['kind'], string>>> = {
  any: 'google.protobuf.Any',
  bool: 'google.protobuf.BoolValue',
  bytes: 'google.protobuf.BytesValue',
  double: 'google.protobuf.DoubleValue',
  duration: 'google.protobuf.Duration',
  dyn: 'google.protobuf.Value',
  int: 'google.protobuf.Int64Value',
  list: 'google.protobuf.ListValue',
  null_type: 'google.protobuf.NullValue',
  map: 'google.protobuf.Struct',
  string: 'google.protobuf.StringValue',
  timestamp: 'google.protobuf.Timestamp',
  uint: 'google.protobuf.UInt64Value',
}

/** `Message{field: value}`. */
export function checkStruct(expr: StructExpr, context: CheckContext): Typed {
  const resolved = context.scope().findName(expr.typeName)
  if (resolved === undefined) {
    const type = context.refuse(expr.id, `Cannot find type ${JSON.stringify(expr.typeName)}`)
    return { expr, type }
  }
  const { name } = resolved
  const message = messageType(context, { id: expr.id, name, type: resolved.type })
  const fields = expr.fields.map((field) =>
    checkField(field, { context, messageName: message.name }),
  )
  return { expr: { ...expr, typeName: name, fields }, type: message.type }
}

/** The type and under which name its fields are declared. */
function messageType(
  { refuse }: CheckContext,
  { id, name, type }: { id: ExprId; name: string; type: CelType },
): { readonly type: CelType; readonly name: string } {
  if (type.kind === 'error') return { type, name }
  if (type.kind !== 'type' || type.of === undefined) {
    return { type: refuse(id, `Cannot construct ${JSON.stringify(name)}: it is no type`), name }
  }
  const { of } = type
  if (of.kind === 'object') return { type: of, name: of.name }
  const wellKnown = wellKnownNames[unwrapWrapper(of).kind]
  if (wellKnown !== undefined && isWellKnown(of)) return { type: of, name: wellKnown }
  const fault = refuse(id, `Cannot construct ${JSON.stringify(name)}: it is no message`)
  return { type: fault, name }
}

/** The plain `int` is no message, though its wrapper is; nor is any other list than one of `dyn`. */
function isWellKnown(type: CelType): boolean {
  if (type.kind === 'list') return type.element.kind === 'dyn'
  if (type.kind === 'map') return type.key.kind === 'string' && type.value.kind === 'dyn'
  return !['bool', 'bytes', 'double', 'int', 'string', 'uint'].includes(type.kind)
}

function checkField(
  field: StructField,
  { context, messageName }: { context: CheckContext; messageName: string },
): StructField {
  const value = context.check(field.value)
  const { id, name, isOptional } = field
  const declared = objectFieldType(context, { id, name: messageName, field: name })
  const type = isOptional ? optionalPart(context, value) : value.type
  if (!context.substitutions.isAssignable([declared], [type])) {
    const types = `the field is ${formatType(declared)} but the value is ${formatType(type)}`
    context.refuse(id, `Cannot set ${JSON.stringify(name)}: ${types}`)
  }
  return { ...field, value: value.expr }
}
