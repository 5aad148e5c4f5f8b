/** How many code points a text has: what CEL calls its size. A lone surrogate counts as one. */
export function countCodePoints(text: string): number {
  let count = text.length
  for (let i = 0; i + 1 < text.length; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      count--
      i++
    }
  }
  return count
}

/** Where in the text, in UTF-16 units, the code point of an index starts; undefined beyond the end. */
export function offsetOf(text: string, index: bigint): number | undefined {
  if (index < 0n || index > BigInt(text.length)) return undefined
  let left = Number(index)
  let offset = 0
  for (; left > 0 && offset < text.length; left--) {
    const isPair = isHigh(text.charCodeAt(offset)) && isLow(text.charCodeAt(offset + 1))
    offset += isPair ? 2 : 1
  }
  return left === 0 ? offset : undefined
}

/**
 * The length in UTF-8, as Go measures a string.
 */
export function countBytes(text: string): number {
  return Buffer.byteLength(text)
}

/** The order of code points, which is that of UTF-8's bytes; UTF-16's own puts emoji before U+FFFD. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = sameStart(a, b, length); i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) {
      if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1
      return x < y ? -1 : 1
    }
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1
}

/** Texts are compared in blocks as far as they are the same, which takes little time. */
const block = 1024

function sameStart(a: string, b: string, length: number): number {
  let start = 0
  while (start + block <= length) {
    const end = start + block
    if (a.slice(start, end) !== b.slice(start, end)) break
    start = end
  }
  return start
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800
}
