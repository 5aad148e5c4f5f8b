import { type CelError, type CelMap, type CelValue, celError, isCelError } from '../value.ts'
import { elementByIndex } from './key-reading.ts'
import { isList, isMap } from './kind.ts'
import { typeNameOf } from './runtime-type.ts'

/** What a variable of a macro may stand for: an entry that cannot be read is an error when it is used. */
export type Item = CelValue | CelError

/** What a macro with one variable goes through: elements, keys; of a lazy map, as in Kubernetes, values. */
export function itemsOf(over: CelValue): Iterable<Item> | CelError {
  if (isList(over)) return over
  if (!isMap(over)) return celError(`got '${typeNameOf(over)}', expected iterable type`)
  return over.isLazy ? lazyValues(over) : keysOf(over)
}

/** What a macro with two variables goes through: index or key, and value. */
export function pairsOf(over: CelValue): Iterable<readonly [Item, Item]> | CelError {
  if (isList(over)) return elementPairs(over)
  if (!isMap(over)) return celError(`unsupported comprehension range type: ${typeNameOf(over)}`)
  return over.isLazy ? lazyPairs(over) : over.entries()
}

function* keysOf(map: CelMap): Iterable<Item> {
  for (const [key] of map.entries()) yield key
}

function* elementPairs(list: readonly CelValue[]): Iterable<readonly [Item, Item]> {
  for (let i = 0; i < list.length; i++) yield [BigInt(i), elementByIndex(list, i) ?? null]
}

function* lazyValues(map: CelMap): Iterable<Item> {
  for (const [name] of map.entries()) yield lookUp(map, name)
}

/** cel-go takes the values for keys here, and looks each up once more. */
function* lazyPairs(map: CelMap): Iterable<readonly [Item, Item]> {
  for (const item of lazyValues(map)) yield [item, lookUp(map, item)]
}

function lookUp(map: CelMap, key: Item): Item {
  if (isCelError(key)) return key
  const value = map.find === undefined ? map.get(key) : map.find(key)
  return value === undefined ? celError('no such key') : value
}
