import { countCodePoints } from '../library/code-points.ts'
import type { CelError, CelValue } from '../value.ts'
import { isList, isMap } from './kind.ts'

/** Shorter texts are counted faster than looked through. */
const shortText = 64

/** Code points; nearly no text has characters beyond the basic plane, which is quickly seen. */
function textSize(text: string): number {
  if (text.length < shortText || /[\ud800-\udbff]/.test(text)) return countCodePoints(text)
  return text.length
}

/** What `size(x)` is: code points, bytes, elements or entries; undefined where there is no such thing. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === 'string') return textSize(value)
  if (isList(value) || value instanceof Uint8Array) return value.length
  return isMap(value) && !value.isLazy ? value.size : undefined
}

/** What an operand counts for in the cost of a call: its size, or 1. */
export function costSize(value: CelValue | CelError): number {
  if (typeof value === 'string') return textSize(value)
  if (typeof value !== 'object' || value === null) return 1
  if (isList(value) || value instanceof Uint8Array) return value.length
  if (value.kind === 'map') return value.size
  if (value.kind === 'opaque') return value.size ?? 1
  return value.kind === 'optional' && value.value !== undefined ? costSize(value.value) : 1
}
