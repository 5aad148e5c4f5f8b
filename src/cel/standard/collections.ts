import type { Library, RunContext } from '../library.ts'
import { isIn } from '../run/equality.ts'
import { isList, isMap } from '../run/kind.ts'
import { sizeOf } from '../run/size.ts'
import { constantWork, workPerCharacter } from '../run/weight.ts'
import { chargeWork } from '../run/work.ts'
import {
  boolType,
  bytesType,
  intType,
  listType,
  mapType,
  stringType,
  typeParameter,
} from '../type.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { elements } from './costs.ts'
import { notCalled } from './logic.ts'
import { oneFunction, type Signature } from './one-function.ts'

const a = typeParameter('A')
const listOfA = listType(a)
const b = typeParameter('B')
const mapOfAB = mapType(a, b)

const sizes: readonly Signature[] = [
  { id: 'size_bytes', parameters: [bytesType], result: intType },
  { id: 'bytes_size', isMember: true, parameters: [bytesType], result: intType },
  { id: 'size_list', parameters: [listOfA], result: intType },
  { id: 'list_size', isMember: true, parameters: [listOfA], result: intType },
  { id: 'size_map', parameters: [mapOfAB], result: intType },
  { id: 'map_size', isMember: true, parameters: [mapOfAB], result: intType },
  { id: 'size_string', parameters: [stringType], result: intType },
  { id: 'string_size', isMember: true, parameters: [stringType], result: intType },
]

/** Indices, `in` and `size`. */
export const collections: Library = {
  functions: [
    oneFunction('_[_]', {
      call: notCalled,
      signatures: [
        { id: 'index_list', parameters: [listOfA, intType], result: a },
        { id: 'index_map', parameters: [mapOfAB, a], result: b },
      ],
    }),
    oneFunction('@in', {
      call: contains,
      work: constantWork,
      signatures: [
        {
          id: 'in_list',
          parameters: [a, listOfA],
          result: boolType,
          cost: elements,
        },
        { id: 'in_map', parameters: [a, mapOfAB], result: boolType },
      ],
    }),
    oneFunction('size', {
      work: workPerCharacter(3),
      call: ([value = null]) => {
        const size = sizeOf(value)
        return size === undefined ? celError('no such overload: size') : BigInt(size)
      },
      signatures: sizes,
    }),
  ],
}

function contains(
  [value = null, container = null]: readonly CelValue[],
  { meter }: RunContext,
): CelValue | CelError {
  if (isList(container)) return isIn(value, container, meter)
  if (!isMap(container) || container.isLazy) return celError('no such overload')
  if (typeof value === 'string') chargeWork(meter, value.length)
  // In JSON, `in` takes keys as they are written.
  if (container.native !== undefined) return container.native.get(value) !== undefined
  // Go panics when it is to look up bytes in a map.
  if (value instanceof Uint8Array && container.size > 0) return celError('Cannot look up bytes')
  return container.get(value) !== undefined
}
