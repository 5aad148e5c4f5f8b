import { formatDouble } from '../../run/go-number.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
import { type CelError, type CelMap, type CelValue, celError, isCelError } from '../../value.ts'
import { compareText } from '../code-points.ts'
import { exactDecimal, places, rounded } from './decimal.ts'
import { goQuote } from './go-quote.ts'
import { durationText, timestampText } from './time-text.ts'

/** How deep lists and maps may be within each other; a claim can nest them a thousandfold. */
const maxDepth = 1000

/** A value as `%s` writes it, which for one that is no list or map is `string()`. */
export function stringOf(value: CelValue): string | CelError {
  return plain(value, 0)
}

function plain(value: CelValue, depth: number): string | CelError {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatDouble(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return joined(value, { depth, brackets: '[]' })
  if (value instanceof Uint8Array) return decode(value)
  if (!('kind' in value)) return unknown(value)
  switch (value.kind) {
    case 'uint':
      return value.value.toString()
    case 'timestamp':
      return timestampText(value)
    case 'duration':
      return durationText(value)
    case 'type':
      return value.name
    case 'map':
      return value.isLazy === true ? unknown(value) : mapText(value, depth)
    case 'object':
    case 'opaque':
    case 'optional':
      return unknown(value)
  }
}

/** A value within a list or map, where it reads as a literal of CEL as far as there is one. */
function quoted(value: CelValue, depth: number): string | CelError {
  if (typeof value === 'number') return doubleInside(value)
  const text = plain(value, depth)
  if (typeof text !== 'string') return text
  if (typeof value === 'string') return goQuote(text)
  if (value instanceof Uint8Array) return `b${goQuote(text)}`
  if (value === null || typeof value !== 'object' || !('kind' in value)) return text
  return value.kind === 'timestamp' || value.kind === 'duration' ? `${value.kind}("${text}")` : text
}

function joined(
  values: readonly CelValue[],
  { depth, brackets }: { depth: number; brackets: string },
): string | CelError {
  if (depth > maxDepth)
    return celError(`Cannot format: lists are nested more than ${maxDepth} deep`)
  const texts: string[] = []
  for (const value of values) {
    const text = quoted(value, depth + 1)
    if (isCelError(text)) return text
    texts.push(text)
  }
  return brackets.charAt(0) + texts.join(', ') + brackets.charAt(1)
}

function mapText(map: CelMap, depth: number): string | CelError {
  if (depth > maxDepth) return celError(`Cannot format: maps are nested more than ${maxDepth} deep`)
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
  return typeof key === 'object' && key !== null && 'kind' in key && key.kind === 'uint'
}

function doubleInside(value: number): string {
  if (!Number.isFinite(value)) return `"${formatDouble(value)}"`
  const exact = exactDecimal(value)
  const [whole, fraction] = places(rounded(exact, exact.point + 6), 6)
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${whole}.${fraction}`
}

function decode(bytes: Uint8Array): string | CelError {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return celError('Cannot format: bytes are not UTF-8')
  }
}

function unknown(value: CelValue): CelError {
  return celError(`Cannot format: there is no text for a value of type ${typeNameOf(value)}`)
}
