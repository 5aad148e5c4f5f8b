import type { Library } from '../library.ts'
import { isMap } from '../run/kind.ts'
import { mapBuilder } from '../run/map.ts'
import { mapType, typeParameter } from '../type.ts'
import type { CelError, CelMap, CelValue } from '../value.ts'

const k = typeParameter('K')
const v = typeParameter('V')
const mapOfKV = mapType(k, v)

/** What the macros with two variables are made of; nobody else can write its name. */
export const twoVariableComprehensions: Library = {
  functions: [
    {
      name: 'cel.@mapInsert',
      overloads: [
        {
          id: '@mapInsert_map_key_value',
          isMember: false,
          parameters: [mapOfKV, k, v],
          result: mapOfKV,
          call: ([map, key = null, value = null]) => inserted(map, [[key, value]]),
        },
        {
          id: '@mapInsert_map_map',
          isMember: false,
          parameters: [mapOfKV, mapOfKV],
          result: mapOfKV,
          call: ([map, added]) => inserted(map, isMap(added) ? added.entries() : []),
        },
      ],
    },
  ],
}

function inserted(
  map: CelValue | undefined,
  added: Iterable<readonly [CelValue, CelValue]>,
): CelMap | CelError {
  const builder = mapBuilder()
  const entries = isMap(map) ? map.entries() : []
  for (const [key, value] of [...entries, ...added]) {
    const error = builder.insert(key, value)
    if (error !== undefined) return error
  }
  return builder
}
