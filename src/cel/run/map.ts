import { type CelError, type CelMap, type CelValue, celError } from '../value.ts'
import { formatValue } from './format-value.ts'
import { isKinded, isUint } from './kind.ts'

/** A map that is still being built; nobody else sees it before it is done. */
export interface MapBuilder extends CelMap {
  /** Adds an entry; an error if its key is there already. */
  readonly insert: (key: CelValue, value: CelValue) => CelError | undefined
}

/** A map of the entries, the last of equal keys. Undefined if a key can be none: cel-go panics on bytes. */
export function celMap(entries: Iterable<readonly [CelValue, CelValue]>): CelMap | undefined {
  const values = new Map<unknown, readonly [CelValue, CelValue]>()
  for (const entry of entries) {
    if (entry[0] instanceof Uint8Array) return undefined
    values.set(hashOf(entry[0]), entry)
  }
  return mapOf(values)
}

/** An empty map that takes entries. */
export function mapBuilder(): MapBuilder {
  const values = new Map<unknown, readonly [CelValue, CelValue]>()
  const map = mapOf(values)
  return {
    ...map,
    get size() {
      return values.size
    },
    insert: (key, value) => {
      if (key instanceof Uint8Array) return celError('Cannot use bytes as a key of a map')
      if (map.get(key) !== undefined) {
        return celError(`insert failed: key ${formatValue(key)} already exists`)
      }
      values.set(hashOf(key), [key, value])
      return undefined
    },
  }
}

/** Whether {@link mapBuilder} made it. */
export function isMapBuilder(value: CelValue): value is MapBuilder {
  return typeof value === 'object' && value !== null && 'insert' in value
}

function mapOf(values: ReadonlyMap<unknown, readonly [CelValue, CelValue]>): CelMap {
  return {
    kind: 'map',
    get: (key) => lookUp(values, key),
    entries: () => values.values(),
    size: values.size,
  }
}

function lookUp(
  values: ReadonlyMap<unknown, readonly [CelValue, CelValue]>,
  key: CelValue,
): CelValue | undefined {
  const found = values.get(hashOf(key))
  if (found !== undefined) return found[1]
  for (const other of otherNumbers(key)) {
    const entry = values.get(hashOf(other))
    if (entry !== undefined) return entry[1]
  }
  return undefined
}

/** The same number in the types that cel-go looks for besides; never a double, which is no proper key. */
function otherNumbers(key: CelValue): readonly CelValue[] {
  if (typeof key === 'bigint') return key < 0n ? [] : [{ kind: 'uint', value: key }]
  if (typeof key === 'number') {
    if (!Number.isInteger(key)) return []
    const whole = BigInt(key)
    return BigInt.asIntN(64, whole) === whole
      ? [whole, { kind: 'uint', value: whole }]
      : [{ kind: 'uint', value: whole }]
  }
  return isUint(key) && key.value < 2n ** 63n ? [key.value] : []
}

/** Something that a JavaScript Map finds again exactly where a Go map would. */
export function hashOf(key: CelValue): unknown {
  // Go finds no NaN again, JavaScript does.
  if (Number.isNaN(key)) return {}
  if (!isKinded(key)) return key
  // A lone surrogate is in no text of CEL, so that these collide with no text.
  if (key.kind === 'uint') return `\ud800uint:${key.value}`
  if (key.kind === 'timestamp') return `\ud800time:${key.seconds}:${key.nanos}`
  if (key.kind === 'duration') return `\ud800span:${key.nanos}`
  return key.kind === 'type' ? `\ud800type:${key.name}` : key
}
