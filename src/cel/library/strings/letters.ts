/** Whether all letters are ASCII's, which JavaScript changes a hundred times faster by itself. */
function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

/** ASCII letters become small ones; all others stay. */
export function lowerAscii(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** ASCII letters become capitals; all others stay. */
export function upperAscii(text: string): string {
  if (isAscii(text)) return text.toUpperCase()
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())
}

/** Unicode's White_Space, as Go has it: with U+0085 and without U+FEFF, which JavaScript sees otherwise. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** Without white space at both ends. */
export function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && space.test(text.charAt(start))) start++
  // Not by /\s+$/: that takes quadratic time on blanks inside of the text.
  while (end > start && space.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
])

/** In double quotes, with CEL's escapes for what has a letter; other control characters stay. */
export function quote(text: string): string {
  const escaped = text
    .toWellFormed()
    .replaceAll(/[\u0007-\r\\"]/g, (character) => escapes.get(character) ?? character)
  return `"${escaped}"`
}
