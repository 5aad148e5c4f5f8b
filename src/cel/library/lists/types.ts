import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  stringType,
  timestampType,
  uintType,
} from '../../type.ts'

/** The types with an order, as overloads of lists name them in cel-go's extension. */
export const comparableTypes = [
  { name: 'int', type: intType },
  { name: 'uint', type: uintType },
  { name: 'double', type: doubleType },
  { name: 'bool', type: boolType },
  { name: 'google.protobuf.Duration', type: durationType },
  { name: 'google.protobuf.Timestamp', type: timestampType },
  { name: 'string', type: stringType },
  { name: 'bytes', type: bytesType },
] as const
