import { type CelError, celError } from '../../value.ts'
import { countCodePoints, offsetOf } from '../code-points.ts'

/** The code point at an index; at the very end there is an empty one. */
export function charAt(text: string, index: bigint): string | CelError {
  const offset = offsetOf(text, index)
  if (offset === undefined) return outOfRange(index)
  const point = text.codePointAt(offset)
  return point === undefined ? '' : String.fromCodePoint(point)
}

/** The part from `start` up to `end`, or to the end of the text. */
export function substring(text: string, start: bigint, end?: bigint): string | CelError {
  if (end !== undefined && start > end) {
    return celError(`Cannot take a substring: its start ${start} is after its end ${end}`)
  }
  const from = offsetOf(text, start)
  if (from === undefined) return outOfRange(start)
  if (end === undefined) return text.slice(from)
  const to = offsetOf(text, end)
  return to === undefined ? outOfRange(end) : text.slice(from, to)
}

/**
 * The first position of `part` that is not before `offset`; -1 for none. An empty part is found at any
 * offset, even one outside of the text: cel-go looks no further then.
 */
export function indexOf(text: string, part: string, offset: bigint): bigint | CelError {
  if (part === '') return offset
  if (offset < 0n) return outOfRange(offset)
  const from = offsetOf(text, offset)
  return from === undefined ? -1n : indexAt(text, text.indexOf(part, from))
}

/** The last position of `part` that is not after `offset`; an offset beyond the text finds nothing. */
export function lastIndexOf(text: string, part: string, offset: bigint): bigint | CelError {
  if (part === '') return offset
  if (offset < 0n) return outOfRange(offset)
  const from = offsetOf(text, offset)
  if (from === undefined || from === text.length) return -1n
  return indexAt(text, text.lastIndexOf(part, from))
}

/** The last position of `part`; of an empty one, the end. */
export function lastIndexOfAny(text: string, part: string): bigint {
  if (part === '') return BigInt(countCodePoints(text))
  return indexAt(text, text.lastIndexOf(part))
}

function indexAt(text: string, offset: number): bigint {
  return offset < 0 ? -1n : BigInt(countCodePoints(text.slice(0, offset)))
}

function outOfRange(index: bigint): CelError {
  return celError(`Cannot find the position: index ${index} is out of range`)
}
