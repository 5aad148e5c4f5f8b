import { type CelError, type CelMap, type CelValue, celError, isCelError } from '../value.ts'
import { elementByIndex } from './key-reading.ts'
import { isList, isMap } from './kind.ts'
import { typeNameOf } from './runtime-type.ts'
import { readingWork } from './weight.ts'
import { chargeWork, type Meter } from './work.ts'

/** What a variable of a macro may stand for: an entry that cannot be read is an error when it is used. */
export type Item = CelValue | CelError

/** What a macro with one variable goes through: elements, keys; of a lazy map, as in Kubernetes, values. */
export function itemsOf(over: CelValue, meter: Meter): Iterable<Item> | CelError {
  if (isList(over)) return over
  if (!isMap(over)) return celError(`got '${typeNameOf(over)}', expected iterable type`)
  return over.isLazy ? lazyValues(over, meter) : keysOf(over, meter)
}

/** What a macro with two variables goes through: index or key, and value. */
export function pairsOf(over: CelValue, meter: Meter): Iterable<readonly [Item, Item]> | CelError {
  if (isList(over)) return elementPairs(over, meter)
  if (!isMap(over)) return celError(`unsupported comprehension range type: ${typeNameOf(over)}`)
  return over.isLazy ? lazyPairs(over, meter) : entriesOf(over, meter)
}

/** What an entry of a map takes, and one of a lazy map, all of which are made before the first is used. */
const perEntry = 200
const perLazyEntry = 1500
const perNameCharacter = 20

function* keysOf(map: CelMap, meter: Meter): Iterable<Item> {
  for (const [key] of entriesOf(map, meter)) yield key
}

function* entriesOf(map: CelMap, meter: Meter): Iterable<readonly [CelValue, CelValue]> {
  for (const entry of map.entries()) {
    chargeWork(meter, perEntry + readingWork(entry[1]))
    yield entry
  }
}

function* elementPairs(list: readonly CelValue[], meter: Meter): Iterable<readonly [Item, Item]> {
  for (let i = 0; i < list.length; i++) {
    const element = elementByIndex(list, i) ?? null
    chargeWork(meter, readingWork(element))
    yield [BigInt(i), element]
  }
}

function* lazyValues(map: CelMap, meter: Meter): Iterable<Item> {
  chargeWork(meter, map.size * perLazyEntry)
  for (const [name] of map.entries()) yield lookUp(map, name, meter)
}

/** cel-go takes the values for keys here, and looks each up once more. */
function* lazyPairs(map: CelMap, meter: Meter): Iterable<readonly [Item, Item]> {
  for (const item of lazyValues(map, meter)) yield [item, lookUp(map, item, meter)]
}

function lookUp(map: CelMap, key: Item, meter: Meter): Item {
  if (isCelError(key)) return key
  chargeWork(meter, typeof key === 'string' ? key.length * perNameCharacter : 0)
  const value = map.find === undefined ? map.get(key) : map.find(key)
  return value === undefined ? celError('no such key') : value
}
