import type { Library } from '../library.ts'
import { isMap } from '../run/kind.ts'
import { mapBuilder } from '../run/map.ts'
import { constantWork } from '../run/weight.ts'
import { chargeWork } from '../run/work.ts'
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
          call: ([map, key = null, value = null], { meter }) => {
            chargeWork(meter, entriesOf(map) * perEntry)
            return inserted(map, [[key, value]])
          },
          work: constantWork,
        },
        {
          id: '@mapInsert_map_map',
          isMember: false,
          parameters: [mapOfKV, mapOfKV],
          result: mapOfKV,
          call: ([map, added], { meter }) => {
            chargeWork(meter, (entriesOf(map) + entriesOf(added)) * perEntry)
            return inserted(map, isMap(added) ? added.entries() : [])
          },
        },
      ],
    },
  ],
}

/** What an entry takes to be copied. */
const perEntry = 2000

function entriesOf(map: CelValue | undefined): number {
  return isMap(map) ? map.size : 0
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
