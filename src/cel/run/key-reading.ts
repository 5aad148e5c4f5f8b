import type { CelList, CelMap, CelValue } from '../value.ts'

/** Another spelling under which a name of a field is looked up first; undefined if it has none. */
export type KeyReading = (key: string) => string | undefined

/**
 * The value, with names of fields read as `read` says, throughout what is reached by fields and indices.
 * As in Kubernetes, elements and entries that one iterates over are as they are, and so are keys for `in`.
 */
export function withKeyReading(value: CelValue, read: KeyReading): CelValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return listReading(value, read)
  return 'kind' in value && value.kind === 'map' && !value.isLazy ? mapReading(value, read) : value
}

function mapReading(map: CelMap, read: KeyReading): CelMap {
  return {
    kind: 'map',
    get: (key) => {
      const spelling = typeof key === 'string' ? read(key) : undefined
      const value = map.get(spelling ?? key)
      return value === undefined ? undefined : withKeyReading(value, read)
    },
    entries: map.entries,
    size: map.size,
    native: map,
  }
}

const reading = Symbol('how names of fields are read in elements')
const plain = Symbol('the list without that')

type ReadingList = CelList & { readonly [reading]: KeyReading; readonly [plain]: CelList }

function listReading(list: CelList, read: KeyReading): CelList {
  // Texts and numbers have no fields: such a list needs no copy. An empty one does, see hasKeyReading.
  if (list.length > 0 && list.every((element) => typeof element !== 'object')) return list
  return Object.defineProperties([...list], {
    [reading]: { value: read },
    [plain]: { value: list },
  })
}

function isReadingList(list: CelList): list is ReadingList {
  return reading in list
}

/** An element as an index reaches it: names of its fields are read as in its list. */
export function elementByIndex(list: CelList, index: number): CelValue | undefined {
  const element = list[index]
  if (element === undefined || !isReadingList(list)) return element
  return withKeyReading(element, list[reading])
}

/** A map or list without any reading of names. */
export function withoutKeyReading(value: CelMap | CelList): CelMap | CelList {
  if ('kind' in value) return value.native ?? value
  return isReadingList(value) ? value[plain] : value
}

/**
 * Whether names are read differently in a map or an empty list. Kubernetes' wrapper around such a value
 * hides from `optional.ofNonZeroValue` that it is empty.
 */
export function hasKeyReading(value: CelMap | CelList): boolean {
  return 'kind' in value ? value.native !== undefined : isReadingList(value)
}
