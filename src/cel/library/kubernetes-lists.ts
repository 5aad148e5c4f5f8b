import type { Library, Overload } from '../library.ts'
import { equals } from '../run/equality.ts'
import { chargeWork, type Meter } from '../run/work.ts'
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
import type { CelList, CelValue } from '../value.ts'
import { traversal } from './cost.ts'
import { declare, listOf, method } from './define.ts'
import { greatest, isSorted, least } from './lists/extremes.ts'
import { addAll } from './lists/sum.ts'

/** With the zero that an empty list sums up to. */
const summable = [
  { name: 'int', type: intType, zero: 0n },
  { name: 'uint', type: uintType, zero: { kind: 'uint', value: 0n } },
  { name: 'double', type: doubleType, zero: 0 },
  { name: 'duration', type: durationType, zero: { kind: 'duration', nanos: 0n } },
] as const

const comparable = [
  { name: 'int', type: intType },
  { name: 'uint', type: uintType },
  { name: 'double', type: doubleType },
  { name: 'bool', type: boolType },
  { name: 'duration', type: durationType },
  { name: 'timestamp', type: timestampType },
  { name: 'string', type: stringType },
  { name: 'bytes', type: bytesType },
] as const

const a = typeParameter('A')

/**
 * Kubernetes' functions of lists.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library Kubernetes, List library}
 */
export const kubernetesLists: Library = {
  functions: [
    {
      name: 'isSorted',
      overloads: comparable.map(({ name, type }) =>
        walk(`list_${name}_is_sorted_bool`, { type, result: boolType, call: isSorted }),
      ),
    },
    {
      name: 'sum',
      overloads: summable.map(({ name, type, zero }) =>
        walk(`list_${name}_sum_${name}`, {
          type,
          result: type,
          call: (list) => addAll(zero, list),
        }),
      ),
    },
    {
      name: 'max',
      overloads: comparable.map(({ name, type }) =>
        walk(`list_${name}_max_${name}`, { type, result: type, call: greatest }),
      ),
    },
    {
      name: 'min',
      overloads: comparable.map(({ name, type }) =>
        walk(`list_${name}_min_${name}`, { type, result: type, call: least }),
      ),
    },
    declare(
      'indexOf',
      search('list_a_index_of_int', ({ list, item, meter }) =>
        list.findIndex((element) => equals(element, item, meter) === true),
      ),
    ),
    declare(
      'lastIndexOf',
      search('list_a_last_index_of_int', ({ list, item, meter }) =>
        list.findLastIndex((element) => equals(element, item, meter) === true),
      ),
    ),
  ],
}

/** What an element takes to be looked at. */
const perElement = 150

interface Walk {
  readonly type: CelType
  readonly result: CelType
  readonly call: (list: CelList, meter: Meter) => ReturnType<Overload['call']>
}

function walk(id: string, { type, result, call }: Walk): Overload {
  return method({
    id,
    parameters: [listOf(type)],
    result,
    call: ([list], { meter }) => {
      chargeWork(meter, list.length * perElement)
      return call(list, meter)
    },
    cost: ([list], _, meter) => traversal(list, meter),
  })
}

interface Search {
  readonly list: CelList
  readonly item: CelValue
  readonly meter: Meter
}

function search(id: string, find: (search: Search) => number): Overload {
  return method({
    id,
    parameters: [listOf(a), a],
    result: intType,
    call: ([list, item], { meter }) => {
      chargeWork(meter, list.length * perElement)
      return BigInt(find({ list, item, meter }))
    },
    cost: ([list], _, meter) => traversal(list, meter),
  })
}
