import type { CelList, CelMap, CelValue } from '../value.ts'

/** A JSON object as `JSON.parse` gives it; only its own properties count. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * What `JSON.parse` gives, as Go decodes it without a type: every number is a double, every object a map
 * with text as keys. Objects are converted when they are looked into, so that only what an expression
 * selects costs anything.
 */
export function fromJson(json: unknown): CelValue {
  return converter()(json)
}

type Convert = (json: unknown) => CelValue

function converter(): Convert {
  let lists: WeakMap<object, CelList> | undefined
  const convert = (json: unknown): CelValue => {
    // Go's decoder puts U+FFFD where an escape is half of a surrogate pair.
    if (typeof json === 'string') return json.isWellFormed() ? json : json.toWellFormed()
    if (typeof json === 'number' || typeof json === 'boolean') return json
    if (Array.isArray(json)) return convertList(json)
    return isObject(json) ? mapOf(json, convert) : null
  }
  function convertList(json: readonly unknown[]): CelList {
    lists ??= new WeakMap()
    const known = lists.get(json)
    if (known !== undefined) return known
    // Not `map(convert)`, which would pass the index too.
    const list = json.map((element) => convert(element))
    lists.set(json, list)
    return list
  }
  return convert
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null
}

function mapOf(json: JsonObject, convert: Convert): CelMap {
  return {
    kind: 'map',
    get: (key) => {
      const name = typeof key === 'string' ? spelled(json, key) : undefined
      return name === undefined ? undefined : convert(json[name])
    },
    entries: () => entriesOf(json, convert),
    // Not a getter: making one takes ten times as long as counting the keys of most objects.
    size: Object.keys(json).length,
  }
}

function* entriesOf(json: JsonObject, convert: Convert): Iterable<readonly [CelValue, CelValue]> {
  for (const key of Object.keys(json)) yield [key.toWellFormed(), convert(json[key])]
}

/**
 * The own property of that name, `__proto__` included; undefined if there is none. Where the name has
 * U+FFFD, the property's may have half of a surrogate pair there.
 */
export function spelled(json: JsonObject, name: string): string | undefined {
  if (Object.hasOwn(json, name)) return name
  if (!name.includes('\ufffd')) return undefined
  return Object.keys(json).findLast((key) => key.toWellFormed() === name)
}

/**
 * Whether every number is one that a double can hold. `JSON.parse` makes infinity of 1e400, where Go's
 * decoder fails.
 */
export function hasOnlyFiniteNumbers(json: unknown): boolean {
  if (!isObject(json)) return typeof json !== 'number' || Number.isFinite(json)
  const left: unknown[] = [json]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'number' && !Number.isFinite(next)) return false
    if (!isObject(next)) continue
    for (const part of Object.values(next)) left.push(part)
  }
  return true
}
