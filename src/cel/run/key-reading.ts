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
  let known: Map<string, CelValue> | undefined
  return {
    kind: 'map',
    get: (key) => {
      const before = typeof key === 'string' ? known?.get(key) : undefined
      if (before !== undefined) return before
      const spelling = typeof key === 'string' ? read(key) : undefined
      const value = map.get(spelling ?? key)
      if (value === undefined) return undefined
      const prepared = withKeyReading(value, read)
      if (typeof key === 'string' && typeof prepared === 'object') {
        ;(known ??= new Map()).set(key, prepared)
      }
      return prepared
    },
    entries: map.entries,
    size: map.size,
    native: map,
  }
}

const reading = Symbol('how names of fields are read in elements')
const plain = Symbol('the list without that')
const reached = Symbol('elements that were reached by index')

type ReadingList = CelList & {
  readonly [reading]: KeyReading
  readonly [plain]: CelList
  readonly [reached]: Map<number, CelValue>
}

function listReading(list: CelList, read: KeyReading): CelList {
  // Texts and numbers have no fields: such a list needs no copy. An empty one does, see hasKeyReading.
  if (list.length > 0 && list.every((element) => typeof element !== 'object')) return list
  return Object.defineProperties([...list], {
    [reading]: { value: read },
    [plain]: { value: list },
    [reached]: { value: new Map() },
  })
}

function isReadingList(list: CelList): list is ReadingList {
  return reading in list
}

/** An element as an index reaches it: names of its fields are read as in its list. */
export function elementByIndex(list: CelList, index: number): CelValue | undefined {
  const element = list[index]
  if (typeof element !== 'object' || !isReadingList(list)) return element
  const known = list[reached].get(index) ?? withKeyReading(element, list[reading])
  list[reached].set(index, known)
  return known
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
