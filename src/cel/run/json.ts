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
  let maps: WeakMap<object, CelMap> | undefined
  let texts: Map<string, string> | undefined
  const convert = (json: unknown): CelValue => {
    if (typeof json === 'string')
      return json.length < longText && json.isWellFormed() ? json : mended(json)
    if (typeof json === 'number' || typeof json === 'boolean') return json
    if (Array.isArray(json)) return convertList(json)
    return isObject(json) ? convertMap(json) : null
  }
  /** Go's decoder puts U+FFFD where an escape is half of a surrogate pair. */
  function mended(text: string): string {
    texts ??= new Map()
    const known = texts.get(text) ?? text.toWellFormed()
    texts.set(text, known)
    return known
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
  function convertMap(json: JsonObject): CelMap {
    const known = maps?.get(json)
    if (known !== undefined) return known
    const map = mapOf(json, convert)
    // Making a small one costs less than to remember it.
    if (map.size > smallMap) (maps ??= new WeakMap()).set(json, map)
    return map
  }
  return convert
}

/** A map over this size is remembered, and a text that is longer. */
const smallMap = 8
const longText = 256

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null
}

function mapOf(json: JsonObject, convert: Convert): CelMap {
  const names = Object.keys(json)
  const nameOf = namesOf(json, names)
  return {
    kind: 'map',
    get: (key) => {
      const name = typeof key === 'string' ? nameOf(key) : undefined
      return name === undefined ? undefined : convert(json[name])
    },
    entries: () => entriesOf(json, { names, convert }),
    // Not a getter: making one takes ten times as long as listing the keys of most objects.
    size: names.length,
  }
}

function* entriesOf(
  json: JsonObject,
  { names, convert }: { names: readonly string[]; convert: Convert },
): Iterable<readonly [CelValue, CelValue]> {
  for (const key of names) yield [key.toWellFormed(), convert(json[key])]
}

/**
 * Finds the own property of a name, `__proto__` included; undefined if there is none. Where the name has
 * U+FFFD, the property's may have half of a surrogate pair there.
 */
export function namesOf(
  json: JsonObject,
  names: readonly string[],
): (name: string) => string | undefined {
  let mended: ReadonlyMap<string, string> | undefined
  return (name) => {
    if (Object.hasOwn(json, name)) return name
    if (!name.includes('\ufffd')) return undefined
    mended ??= new Map(names.map((each) => [each.toWellFormed(), each]))
    return mended.get(name)
  }
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
