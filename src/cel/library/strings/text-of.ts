import { formatDouble } from '../../run/go-number.ts'
import { isKinded, isList, isMap, isUint } from '../../run/kind.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
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
import { goQuote } from './go-quote.ts'

/** How deep lists and maps may be within each other; a claim can nest them a thousandfold. */
const maxDepth = 1000

/** A value as `%s` writes it, which for one that is no list or map is `string()`. */
export function stringOf(value: CelValue): string | CelError {
  return plain(value, 0)
}

function plain(value: CelValue, depth: number): string | CelError {
  if (isList(value)) return listText(value, depth)
  if (isMap(value)) return value.isLazy === true ? unknown(value) : mapText(value, depth)
  if (value === null) return 'null'
  if (isKinded(value) && value.kind === 'type') return value.name
  const text = toText(value)
  if (typeof text === 'string') return text
  return isCelError(text) ? text : unknown(value)
}

/** A value within a list or map, where it reads as a literal of CEL as far as there is one. */
function quoted(value: CelValue, depth: number): string | CelError {
  if (typeof value === 'number') return doubleInside(value)
  const text = plain(value, depth)
  if (typeof text !== 'string') return text
  if (typeof value === 'string') return goQuote(text)
  if (value instanceof Uint8Array) return `b${goQuote(text)}`
  const isTime = isKinded(value) && (value.kind === 'timestamp' || value.kind === 'duration')
  return isTime ? `${value.kind}("${text}")` : text
}

function listText(list: CelList, depth: number): string | CelError {
  if (depth > maxDepth) return tooDeep()
  const texts: string[] = []
  for (const value of list) {
    const text = quoted(value, depth + 1)
    if (isCelError(text)) return text
    texts.push(text)
  }
  return `[${texts.join(', ')}]`
}

function mapText(map: CelMap, depth: number): string | CelError {
  if (depth > maxDepth) return tooDeep()
  const entries: { readonly key: string; readonly text: string }[] = []
  for (const [key, value] of map.entries()) {
    const keyText = isKey(key) ? quoted(key, depth + 1) : unknown(key)
    if (isCelError(keyText)) return keyText
    const text = quoted(value, depth + 1)
    if (isCelError(text)) return text
    entries.push({ key: keyText, text })
  }
  entries.sort((a, b) => compareText(a.key, b.key))
  return `{${entries.map(({ key, text }) => `${key}:${text}`).join(', ')}}`
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
