import type { Library } from '../library.ts'
import { mapBuilder } from '../run/map.ts'
import type { Meter } from '../run/work.ts'
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
  typeType,
  uintType,
} from '../type.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { uint } from './integers.ts'
import { jsonValue } from './json-value.ts'
import { duration, timestamp } from './time-arithmetic.ts'

type Fields = ReadonlyMap<string, CelValue>

interface Message {
  /** What CEL takes it for, where that is no message. */
  readonly type?: CelType
  readonly fields: Readonly<Record<string, CelType>>
  readonly make: (fields: Fields, meter: Meter) => CelValue | CelError
}

const second = 1_000_000_000n

const messages: Readonly<Record<string, Message>> = {
  BoolValue: wrapper(boolType, false),
  BytesValue: wrapper(bytesType, new Uint8Array()),
  DoubleValue: wrapper(doubleType, 0),
  FloatValue: narrowed(wrapper(doubleType, 0), (value) =>
    typeof value === 'number' ? Math.fround(value) : value,
  ),
  Int64Value: wrapper(intType, 0n),
  Int32Value: narrowed(wrapper(intType, 0n), int32),
  UInt64Value: wrapper(uintType, { kind: 'uint', value: 0n }),
  UInt32Value: narrowed(wrapper(uintType, { kind: 'uint', value: 0n }), uint32),
  StringValue: wrapper(stringType, ''),
  Any: {
    type: anyType,
    fields: { type_url: stringType, value: bytesType },
    make: () => celError('unsupported conversion to ref.Val: google.protobuf.Any'),
  },
  Duration: {
    fields: { seconds: intType, nanos: intType },
    make: (fields) => duration(integer(fields, 'seconds') * second + integer(fields, 'nanos')),
    type: durationType,
  },
  Timestamp: {
    fields: { seconds: intType, nanos: intType },
    make: (fields) => {
      const nanos = ((integer(fields, 'nanos') % second) + second) % second
      const carried = (integer(fields, 'nanos') - nanos) / second
      return timestamp(integer(fields, 'seconds') + carried, { nanos: Number(nanos) })
    },
    type: timestampType,
  },
  ListValue: {
    type: listType(dynType),
    fields: { values: listType(dynType) },
    make: (fields, meter) => jsonValue(fields.get('values') ?? [], meter),
  },
  Struct: {
    type: mapType(stringType, dynType),
    fields: { fields: mapType(stringType, dynType) },
    make: (fields, meter) => jsonValue(fields.get('fields') ?? mapBuilder(), meter),
  },
  Value: {
    type: dynType,
    fields: {
      null_value: intType,
      number_value: doubleType,
      string_value: stringType,
      bool_value: boolType,
      struct_value: mapType(stringType, dynType),
      list_value: listType(dynType),
    },
    make: (fields, meter) => lastOf(fields, meter),
  },
  Empty: {
    fields: {},
    make: () => ({
      kind: 'opaque',
      typeName: 'google.protobuf.Empty',
      data: undefined,
      equals: (other) => isEmptyMessage(other),
    }),
  },
}

/** protobuf's well-known types, which become values of CEL's own types when they are made. */
export const wellKnownMessages: Library = {
  functions: [],
  constants: [
    ...Object.entries(messages).flatMap(([name, { type }]) =>
      // The checker finds these by name; types.ts has the two that are values as well.
      type === undefined || type === durationType || type === timestampType
        ? []
        : [named(`google.protobuf.${name}`, type)],
    ),
    named('google.protobuf.Empty', { kind: 'object', name: 'google.protobuf.Empty' }),
    { name: 'google.protobuf.NullValue.NULL_VALUE', type: intType, value: 0n },
  ],
  objects: Object.entries(messages).map(([name, { fields }]) => ({
    name: `google.protobuf.${name}`,
    fields: new Map(Object.entries(fields)),
  })),
}

/** The value that a message with these fields is in CEL. */
export function makeMessage(typeName: string, fields: Fields, meter: Meter): CelValue | CelError {
  const message = messages[typeName.replace('google.protobuf.', '')]
  return message === undefined
    ? celError(`unknown type '${typeName}'`)
    : message.make(fields, meter)
}

function named(name: string, type: CelType) {
  return { name, type: typeType(type), value: { kind: 'type', name } as const }
}

function wrapper(of: CelType, zero: CelValue): Message {
  return {
    type: { kind: 'wrapper', of },
    fields: { value: of },
    make: (fields) => fields.get('value') ?? zero,
  }
}

function narrowed(message: Message, narrow: (value: CelValue) => CelValue | CelError): Message {
  return {
    ...message,
    make: (fields, meter) => {
      const value = fields.get('value')
      return value === undefined ? message.make(fields, meter) : narrow(value)
    },
  }
}

function int32(value: CelValue): CelValue | CelError {
  if (typeof value !== 'bigint' || BigInt.asIntN(32, value) === value) return value
  return celError('integer overflow')
}

function uint32(value: CelValue): CelValue | CelError {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return value
  if (value.kind !== 'uint' || value.value < 2n ** 32n) return value
  return uint(-1n)
}

function integer(fields: Fields, name: string): bigint {
  const value = fields.get(name)
  return typeof value === 'bigint' ? value : 0n
}

function lastOf(fields: Fields, meter: Meter): CelValue | CelError {
  const [name, value] = [...fields].at(-1) ?? []
  return value === undefined || name === 'null_value' ? null : jsonValue(value, meter)
}

function isEmptyMessage(other: CelValue): boolean {
  if (typeof other !== 'object' || other === null || !('kind' in other)) return false
  return other.kind === 'opaque' && other.typeName === 'google.protobuf.Empty'
}
