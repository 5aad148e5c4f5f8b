import type { Library, Overload } from '../library.ts'
import { equals } from '../run/equality.ts'
import { compare, type Order } from '../run/ordering.ts'
import { constantWork } from '../run/weight.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  stringType,
  timestampType,
  typeParameter,
  uintType,
} from '../type.ts'
import { equality, shorterOperand } from './costs.ts'
import { oneFunction, type Signature } from './one-function.ts'

const a = typeParameter('A')

/** What can be compared with what, in the order in which cel-go declares it. */
const comparable: readonly (readonly [suffix: string, left: CelType, right: CelType])[] = [
  ['bool', boolType, boolType],
  ['int64', intType, intType],
  ['int64_double', intType, doubleType],
  ['int64_uint64', intType, uintType],
  ['uint64', uintType, uintType],
  ['uint64_double', uintType, doubleType],
  ['uint64_int64', uintType, intType],
  ['double', doubleType, doubleType],
  ['double_int64', doubleType, intType],
  ['double_uint64', doubleType, uintType],
  ['string', stringType, stringType],
  ['bytes', bytesType, bytesType],
  ['timestamp', timestampType, timestampType],
  ['duration', durationType, durationType],
]

function ordering(prefix: string): readonly Signature[] {
  return comparable.map(([suffix, left, right]) => ({
    id: `${prefix}_${suffix}`,
    parameters: [left, right],
    result: boolType,
    ...((left === stringType || left === bytesType) && { cost: shorterOperand }),
  }))
}

function comparing(holds: (order: Order) => boolean): Overload['call'] {
  return ([left = null, right = null], { meter }) => {
    const order = compare(left, right, meter)
    return typeof order === 'number' ? holds(order) : order
  }
}

/** `== != < <= > >=`, across all types of numbers. */
export const comparison: Library = {
  functions: [
    oneFunction('_==_', {
      call: ([left = null, right = null], { meter }) => equals(left, right, meter),
      work: constantWork,
      signatures: [{ id: 'equals', parameters: [a, a], result: boolType, cost: equality }],
    }),
    oneFunction('_!=_', {
      // What cannot be compared is different, where `==` is an error.
      call: ([left = null, right = null], { meter }) => equals(left, right, meter) !== true,
      work: constantWork,
      signatures: [
        { id: 'not_equals', parameters: [a, a], result: boolType, cost: shorterOperand },
      ],
    }),
    oneFunction('_<_', {
      call: comparing((order) => order < 0),
      work: constantWork,
      signatures: ordering('less'),
    }),
    oneFunction('_<=_', {
      call: comparing((order) => order <= 0),
      work: constantWork,
      signatures: ordering('less_equals'),
    }),
    oneFunction('_>_', {
      call: comparing((order) => order > 0),
      work: constantWork,
      signatures: ordering('greater'),
    }),
    oneFunction('_>=_', {
      call: comparing((order) => order >= 0),
      work: constantWork,
      signatures: ordering('greater_equals'),
    }),
  ],
}
