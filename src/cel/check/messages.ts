import {
  anyType,
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  stringType,
  timestampType,
  uintType,
} from '../type.ts'

/** A message that can be constructed in any environment, such as `google.protobuf.Struct{fields: …}`. */
export interface Message {
  /** What it is in CEL. */
  readonly type: CelType
  readonly fields: ReadonlyMap<string, CelType>
}

function message(type: CelType, fields: Readonly<Record<string, CelType>>): Message {
  return { type, fields: new Map(Object.entries(fields)) }
}

function wrapper(of: CelType): Message {
  return message({ kind: 'wrapper', of }, { value: of })
}

function object(name: string, fields: Readonly<Record<string, CelType>> = {}): Message {
  return message({ kind: 'object', name }, fields)
}

const instant = { seconds: intType, nanos: intType }
const duration = message(durationType, instant)
const timestamp = message(timestampType, instant)

/** {@link https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#dynamic-values cel-spec, Dynamic Values} */
export const messages: ReadonlyMap<string, Message> = new Map([
  ['google.protobuf.Any', message(anyType, { type_url: stringType, value: bytesType })],
  ['google.protobuf.BoolValue', wrapper(boolType)],
  ['google.protobuf.BytesValue', wrapper(bytesType)],
  ['google.protobuf.DoubleValue', wrapper(doubleType)],
  ['google.protobuf.Duration', duration],
  ['google.protobuf.Empty', object('google.protobuf.Empty')],
  ['google.protobuf.FloatValue', wrapper(doubleType)],
  ['google.protobuf.Int32Value', wrapper(intType)],
  ['google.protobuf.Int64Value', wrapper(intType)],
  ['google.protobuf.ListValue', message(listType(dynType), { values: listType(dynType) })],
  ['google.protobuf.StringValue', wrapper(stringType)],
  [
    'google.protobuf.Struct',
    message(mapType(stringType, dynType), { fields: mapType(stringType, dynType) }),
  ],
  [
    'google.protobuf.Struct.FieldsEntry',
    object('google.protobuf.Struct.FieldsEntry', { key: stringType, value: dynType }),
  ],
  ['google.protobuf.Timestamp', timestamp],
  // Kubernetes knows the short names, but to construct a value of them fails.
  ['duration', duration],
  ['timestamp', timestamp],
  ['google.protobuf.UInt32Value', wrapper(uintType)],
  ['google.protobuf.UInt64Value', wrapper(uintType)],
  [
    'google.protobuf.Value',
    message(dynType, {
      null_value: intType,
      number_value: doubleType,
      string_value: stringType,
      bool_value: boolType,
      struct_value: mapType(stringType, dynType),
      list_value: listType(dynType),
    }),
  ],
])
