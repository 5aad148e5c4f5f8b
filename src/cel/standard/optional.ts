import type { Library } from '../library.ts'
import { elementByIndex } from '../run/key-reading.ts'
import { isList, isOptional } from '../run/kind.ts'
import { takenOut } from '../run/poison.ts'
import { constantWork } from '../run/weight.ts'
import { chargeWork, type Meter } from '../run/work.ts'
import {
  boolType,
  dynType,
  intType,
  listType,
  mapType,
  opaqueType,
  optionalType,
  stringType,
  typeParameter,
  typeType,
} from '../type.ts'
import { type CelError, type CelList, type CelOptional, type CelValue, celError } from '../value.ts'
import { notCalled } from './logic.ts'
import { oneFunction } from './one-function.ts'
import { isZero } from './zero.ts'

const v = typeParameter('V')
const optionalOfV = optionalType(v)
const listOfV = listType(v)
const k = typeParameter('K')
const mapOfKV = mapType(k, v)

const none: CelOptional = { kind: 'optional', value: undefined }

/**
 * Values that may be absent.
 * {@link https://github.com/google/cel-go/blob/v0.26.0/cel/library.go cel-go, OptionalTypes}
 */
export const optional: Library = {
  constants: [
    {
      name: 'optional_type',
      type: typeType(opaqueType('optional_type')),
      value: { kind: 'type', name: 'optional_type' },
    },
  ],
  functions: [
    {
      name: 'optional.of',
      overloads: [
        {
          id: 'optional_of',
          work: constantWork,
          isMember: false,
          parameters: [v],
          result: optionalOfV,
          call: ([value = null]) => ({ kind: 'optional', value }),
        },
      ],
    },
    {
      name: 'optional.ofNonZeroValue',
      overloads: [
        {
          id: 'optional_ofNonZeroValue',
          work: constantWork,
          isMember: false,
          parameters: [v],
          result: optionalOfV,
          call: ([value = null]) => (isZero(value) ? none : { kind: 'optional', value }),
        },
      ],
    },
    {
      name: 'optional.none',
      overloads: [
        {
          id: 'optional_none',
          isMember: false,
          parameters: [],
          result: optionalOfV,
          call: () => none,
        },
      ],
    },
    {
      name: 'value',
      overloads: [
        {
          id: 'optional_value',
          isMember: true,
          parameters: [optionalOfV],
          result: v,
          call: ([operand]) => valueOf(operand),
        },
      ],
    },
    {
      name: 'hasValue',
      overloads: [
        {
          id: 'optional_hasValue',
          isMember: true,
          parameters: [optionalOfV],
          result: boolType,
          call: ([operand]) => isOptional(operand) && operand.value !== undefined,
        },
      ],
    },
    // The evaluator runs these: the second operand is evaluated only if the first has no value.
    oneFunction('or', {
      call: notCalled,
      signatures: [
        {
          id: 'optional_or_optional',
          isMember: true,
          parameters: [optionalOfV, optionalOfV],
          result: optionalOfV,
        },
      ],
    }),
    oneFunction('orValue', {
      call: notCalled,
      signatures: [
        {
          id: 'optional_orValue_value',
          isMember: true,
          parameters: [optionalOfV, v],
          result: v,
        },
      ],
    }),
    {
      name: 'first',
      overloads: [
        {
          id: 'list_first',
          isMember: true,
          parameters: [listOfV],
          result: optionalOfV,
          call: ([list]) => elementOf(list, 0),
        },
      ],
    },
    {
      name: 'last',
      overloads: [
        {
          id: 'list_last',
          isMember: true,
          parameters: [listOfV],
          result: optionalOfV,
          call: ([list]) => elementOf(list, -1),
        },
      ],
    },
    {
      name: 'optional.unwrap',
      overloads: [
        {
          id: 'optional_unwrap',
          isMember: false,
          parameters: [listType(optionalOfV)],
          result: listOfV,
          call: ([list], { meter }) => unwrap(list, meter),
        },
      ],
    },
    {
      name: 'unwrapOpt',
      overloads: [
        {
          id: 'optional_unwrapOpt',
          isMember: true,
          parameters: [listType(optionalOfV)],
          result: listOfV,
          call: ([list], { meter }) => unwrap(list, meter),
        },
      ],
    },
    ...indices(),
  ],
}

/** `a.?b`, `a[?b]`, and `a[b]` of an optional `a`. */
function indices(): Library['functions'] {
  const optionalList = optionalType(listOfV)
  const optionalMap = optionalType(mapOfKV)
  return [
    oneFunction('_?._', {
      call: notCalled,
      signatures: [
        { id: 'select_optional_field', parameters: [dynType, stringType], result: optionalOfV },
      ],
    }),
    oneFunction('_[?_]', {
      call: notCalled,
      signatures: [
        { id: 'list_optindex_optional_int', parameters: [listOfV, intType], result: optionalOfV },
        {
          id: 'optional_list_optindex_optional_int',
          parameters: [optionalList, intType],
          result: optionalOfV,
        },
        { id: 'map_optindex_optional_value', parameters: [mapOfKV, k], result: optionalOfV },
        {
          id: 'optional_map_optindex_optional_value',
          parameters: [optionalMap, k],
          result: optionalOfV,
        },
      ],
    }),
    oneFunction('_[_]', {
      call: notCalled,
      signatures: [
        { id: 'optional_list_index_int', parameters: [optionalList, intType], result: optionalOfV },
        { id: 'optional_map_index_value', parameters: [optionalMap, k], result: optionalOfV },
      ],
    }),
  ]
}

function valueOf(operand: CelValue | undefined): CelValue | CelError {
  const value = isOptional(operand) ? operand.value : undefined
  return value === undefined ? celError('optional.none() dereference') : takenOut(value)
}

/** What an element takes to be taken out. */
const perElement = 20

/** By an index, so that names of fields are read as in the list. */
function elementOf(list: CelValue | undefined, index: 0 | -1): CelValue | CelError {
  if (!isList(list)) return celError('no such overload')
  return { kind: 'optional', value: elementByIndex(list, index === 0 ? 0 : list.length - 1) }
}

function unwrap(list: CelValue | undefined, meter: Meter): CelList | CelError {
  if (!isList(list)) return celError('no such overload')
  chargeWork(meter, list.length * perElement)
  const values: CelValue[] = []
  for (const element of list) {
    if (!isOptional(element)) return celError('value is not optional')
    if (element.value !== undefined) values.push(element.value)
  }
  return values
}
