import { formatDouble } from '../../run/go-number.ts'
import { isKinded, isList, isMap, isUint } from '../../run/kind.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
import { chargeWork, type Meter } from '../../run/work.ts'
import { toText } from '../../standard/convert.ts'
import {
  type CelError,
  type CelList,
  type CelMap,
  type CelValue,
  celError,
  isCelError,
} from '../../value.ts'
import { compareText } from '../code-points.ts'
import { exactDecimal, places, rounded } from './decimal.ts'
import { goQuote, isPlain } from './go-quote.ts'

/** How deep lists and maps may be within each other; a claim can nest them a thousandfold. */
const maxDepth = 1000

/** A value as `%s` writes it, which for one that is no list or map is `string()`. */
export function stringOf(value: CelValue, meter: Meter): string | CelError {
  return plain(value, { depth: 0, meter })
}

interface Place {
  readonly depth: number
  readonly meter: Meter
}

/** What a value takes to be written, an entry of a map to find its place, and a character. */
const perValue = 500
const perNumber = 10_000
const perList = 3000
const perEntry = 3000
const perUnit = 2
const perQuotedUnit = 3
const perEscapedUnit = 250

function plain(value: CelValue, place: Place): string | CelError {
  const { meter } = place
  if (isList(value)) return listText(value, place)
  if (isMap(value)) return value.isLazy === true ? unknown(value) : mapText(value, place)
  const length = typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
  chargeWork(meter, perValue + length * perUnit)
  if (value === null) return 'null'
  if (isKinded(value) && value.kind === 'type') return value.name
  const text = toText(value)
  if (typeof text === 'string') return text
  return isCelError(text) ? text : unknown(value)
}

/** A value within a list or map, where it reads as a literal of CEL as far as there is one. */
function quoted(value: CelValue, place: Place): string | CelError {
  if (typeof value === 'number') {
    chargeWork(place.meter, perNumber)
    return doubleInside(value)
  }
  const text = plain(value, place)
  if (typeof text !== 'string') return text
  if (typeof value === 'string' || value instanceof Uint8Array) {
    chargeWork(place.meter, text.length * (isPlain(text) ? perQuotedUnit : perEscapedUnit))
  }
  if (typeof value === 'string') return goQuote(text)
  if (value instanceof Uint8Array) return `b${goQuote(text)}`
  const isTime = isKinded(value) && (value.kind === 'timestamp' || value.kind === 'duration')
  return isTime ? `${value.kind}("${text}")` : text
}

function listText(list: CelList, { depth, meter }: Place): string | CelError {
  if (depth > maxDepth) return tooDeep()
  chargeWork(meter, perList)
  const texts: string[] = []
  for (const value of list) {
    const text = quoted(value, { depth: depth + 1, meter })
    if (isCelError(text)) return text
    texts.push(text)
  }
  return enclosed(texts, { brackets: '[]', meter })
}

function mapText(map: CelMap, { depth, meter }: Place): string | CelError {
  if (depth > maxDepth) return tooDeep()
  chargeWork(meter, map.size * perEntry)
  const inner = { depth: depth + 1, meter }
  const entries: { readonly key: string; readonly text: string }[] = []
  for (const [key, value] of map.entries()) {
    const keyText = isKey(key) ? quoted(key, inner) : unknown(key)
    if (isCelError(keyText)) return keyText
    const text = quoted(value, inner)
    if (isCelError(text)) return text
    entries.push({ key: keyText, text })
  }
  entries.sort((a, b) => compareText(a.key, b.key))
  const texts = entries.map(({ key, text }) => `${key}:${text}`)
  return enclosed(texts, { brackets: '{}', meter })
}

/** The text within it is copied once for each list around it. */
function enclosed(
  texts: readonly string[],
  { brackets, meter }: { brackets: '[]' | '{}'; meter: Meter },
): string {
  const text = texts.join(', ')
  chargeWork(meter, text.length * perUnit)
  return brackets.charAt(0) + text + brackets.charAt(1)
}

function isKey(key: CelValue): boolean {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint') return true
  return isUint(key)
}

function doubleInside(value: number): string {
  if (!Number.isFinite(value)) return `"${formatDouble(value)}"`
  const exact = exactDecimal(value)
  const [whole, fraction] = places(rounded(exact, exact.point + 6), 6)
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${whole}.${fraction}`
}

function tooDeep(): CelError {
  return celError(`Cannot format: lists and maps are nested more than ${maxDepth} deep`)
}

function unknown(value: CelValue): CelError {
  return celError(`Cannot format: there is no text for a value of type ${typeNameOf(value)}`)
}
