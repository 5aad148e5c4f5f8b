import type { Library } from '../library.ts'
import { typeNameOf } from '../run/runtime-type.ts'
import { constantWork } from '../run/weight.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  stringType,
  timestampType,
  typeParameter,
  typeType,
  uintType,
} from '../type.ts'
import { oneFunction } from './one-function.ts'

const a = typeParameter('A')

/** Types that an expression can name: `type(x) == int`. */
const names: readonly (readonly [name: string, type: CelType])[] = [
  ['bool', boolType],
  ['bytes', bytesType],
  ['double', doubleType],
  ['google.protobuf.Duration', durationType],
  ['int', intType],
  ['list', listType(a)],
  ['map', mapType(a, typeParameter('B'))],
  ['null_type', nullType],
  ['string', stringType],
  ['google.protobuf.Timestamp', timestampType],
  ['uint', uintType],
]

/** `type(x)`, `dyn(x)` and the names of types. */
export const types: Library = {
  functions: [
    oneFunction('type', {
      work: constantWork,
      call: ([value = null]) => ({ kind: 'type', name: typeNameOf(value) }),
      signatures: [{ id: 'type', parameters: [a], result: typeType(a) }],
    }),
    oneFunction('dyn', {
      work: constantWork,
      call: ([value = null]) => value,
      signatures: [{ id: 'to_dyn', parameters: [a], result: dynType }],
    }),
  ],
  constants: [
    ...names.map(([name, type]) => ({
      name,
      type: typeType(type),
      value: { kind: 'type', name } as const,
    })),
    { name: 'type', type: typeType(typeType()), value: { kind: 'type', name: 'type' } },
  ],
}
