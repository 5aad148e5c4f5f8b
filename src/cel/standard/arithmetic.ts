import type { Library } from '../library.ts'
import {
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listType,
  stringType,
  timestampType,
  typeParameter,
  uintType,
} from '../type.ts'
import { bothOperands } from './costs.ts'
import { joiningWork } from './joining-work.ts'
import { oneFunction, type Signature } from './one-function.ts'
import { add, divide, modulo, multiply, negate, subtract } from './operators.ts'

const listOfA = listType(typeParameter('A'))

function binary(id: string, left: CelType, right = left, result = left): Signature {
  return { id, parameters: [left, right], result }
}

/** `+ - * / %` and the unary `-`: integers overflow with an error, and types are never mixed. */
export const arithmetic: Library = {
  functions: [
    oneFunction('_+_', {
      call: add,
      work: joiningWork,
      signatures: [
        { ...binary('add_bytes', bytesType), cost: bothOperands },
        binary('add_double', doubleType),
        binary('add_duration_duration', durationType),
        binary('add_duration_timestamp', durationType, timestampType, timestampType),
        binary('add_timestamp_duration', timestampType, durationType),
        binary('add_int64', intType),
        binary('add_list', listOfA),
        { ...binary('add_string', stringType), cost: bothOperands },
        binary('add_uint64', uintType),
      ],
    }),
    oneFunction('_-_', {
      call: subtract,
      signatures: [
        binary('subtract_double', doubleType),
        binary('subtract_duration_duration', durationType),
        binary('subtract_int64', intType),
        binary('subtract_timestamp_duration', timestampType, durationType),
        binary('subtract_timestamp_timestamp', timestampType, timestampType, durationType),
        binary('subtract_uint64', uintType),
      ],
    }),
    oneFunction('_*_', {
      call: multiply,
      signatures: [
        binary('multiply_double', doubleType),
        binary('multiply_int64', intType),
        binary('multiply_uint64', uintType),
      ],
    }),
    oneFunction('_/_', {
      call: divide,
      signatures: [
        binary('divide_double', doubleType),
        binary('divide_int64', intType),
        binary('divide_uint64', uintType),
      ],
    }),
    oneFunction('_%_', {
      call: modulo,
      signatures: [binary('modulo_int64', intType), binary('modulo_uint64', uintType)],
    }),
    oneFunction('-_', {
      call: negate,
      signatures: [
        { id: 'negate_double', parameters: [doubleType], result: doubleType },
        { id: 'negate_int64', parameters: [intType], result: intType },
      ],
    }),
  ],
}
