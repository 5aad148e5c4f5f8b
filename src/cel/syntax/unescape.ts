import type { Constant } from '../expr.ts'

const sequence = /\\(?:([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-7]{3})|([^]))/g

const named: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** The value of a string token, or why it has none. */
export function stringConstant(text: string): Constant | { readonly refusal: string } {
  const { content, isRaw } = unquote(text)
  if (isRaw) return { type: 'string', value: content }
  let hasBadCodePoint = false
  const value = content.replaceAll(sequence, (_, hex?: string, octal?: string, name?: string) => {
    if (name !== undefined) return named.get(name) ?? name
    const codePoint = escapedNumber(hex, octal)
    if (isScalar(codePoint)) return String.fromCodePoint(codePoint)
    hasBadCodePoint = true
    return ''
  })
  return hasBadCodePoint
    ? { refusal: 'Cannot read string: an escape sequence names no Unicode code point' }
    : { type: 'string', value }
}

/** The value of a bytes token, `b'…'`: text as UTF-8, and `\x` and `\nnn` as single bytes. */
export function bytesConstant(text: string): Constant | { readonly refusal: string } {
  const { content, isRaw } = unquote(text.slice(1))
  if (isRaw) return { type: 'bytes', value: new TextEncoder().encode(content) }
  const parts: Uint8Array[] = []
  let end = 0
  for (const match of content.matchAll(sequence)) {
    const [whole, hex, octal, name] = match
    if (hex !== undefined && !/^x/i.test(hex)) {
      return { refusal: 'Cannot read bytes: \\u and \\U are for strings, write \\x' }
    }
    parts.push(new TextEncoder().encode(content.slice(end, match.index)))
    parts.push(
      name === undefined
        ? Uint8Array.of(escapedNumber(hex, octal))
        : new TextEncoder().encode(named.get(name) ?? name),
    )
    end = match.index + whole.length
  }
  parts.push(new TextEncoder().encode(content.slice(end)))
  return { type: 'bytes', value: new Uint8Array(Buffer.concat(parts)) }
}

function unquote(text: string): { content: string; isRaw: boolean } {
  const isRaw = /^r/i.test(text)
  // A source file saved on Windows means the same.
  const quoted = (isRaw ? text.slice(1) : text).replaceAll(/\r\n?/g, '\n')
  const width = /^(?:"""|''')/.test(quoted) && quoted.length >= 6 ? 3 : 1
  return { content: quoted.slice(width, -width), isRaw }
}

function escapedNumber(hex: string | undefined, octal: string | undefined): number {
  if (hex !== undefined) return Number.parseInt(hex.slice(1), 16)
  return Number.parseInt(octal ?? '', 8)
}

function isScalar(codePoint: number): boolean {
  return codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff)
}
