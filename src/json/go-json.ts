/**
 * `json/` reads JSON as Go's `encoding/json` does. kube-apiserver decodes tokens, discovery documents and
 * key sets with it, and an identity that one of the two reads differently would be a hole: `JSON.parse`
 * alone hides repeated members and accepts any depth.
 */
import { isUtf8 } from 'node:buffer'
import { isRecord } from './record.ts'
import { endOfString, endOfValue, readEscaped, skipSpace, unquote } from './scan.ts'

/** One member of an object, in the order of the document. */
export interface JsonMember {
  readonly name: string
  /** The value as it was written. */
  readonly text: string
  readonly value: unknown
}

/** A JSON object that parsed. */
export interface JsonObject {
  /** All members, repeated ones too. */
  readonly members: readonly JsonMember[]
  /** By exact name; of repeated members the last one. Read it with `Object.hasOwn`. */
  readonly value: Readonly<Record<string, unknown>>
}

/** Levels of nesting beyond which Go refuses (`maxNestingDepth`). */
const maxDepth = 10_000

/** Undefined unless `text` is one JSON object; lone surrogates in values read as U+FFFD, as in Go. */
export function parseObject(text: string): JsonObject | undefined {
  const value = parseValue(text)
  if (!isRecord(value)) return undefined
  return { members: members(text, value), value }
}

/** The elements of an array as they were written; undefined unless `text` is one JSON array. */
export function parseArray(text: string): readonly string[] | undefined {
  if (!Array.isArray(parseValue(text))) return undefined
  const elements: string[] = []
  let at = skipSpace(text, text.indexOf('[') + 1)
  while (text[at] !== ']') {
    const end = endOfValue(text, at)
    elements.push(text.slice(at, end))
    at = skipSpace(text, end)
  }
  return elements
}

/** Undefined unless `text` is JSON; no JSON text has that value. */
export function parseValue(text: string): unknown {
  if (text.length > maxDepth && isTooDeep(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return text.includes('\\') ? readEscaped(text) : value
  } catch {
    return undefined
  }
}

/**
 * What Go compares when it looks for the field of a struct: letters without case, where U+017F is an
 * `s` and U+212A a `k`. Of several members that fold to one name, the last counts.
 */
export function foldName(name: string): string {
  // U+212A is lower-cased to `k` by itself.
  return name.toLowerCase().replaceAll('\u017f', 's')
}

/**
 * Decodes UTF-8 as Go does: each byte that belongs to no character is one U+FFFD, where the Encoding
 * Standard makes one of several.
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = characterSize(bytes, at)
    pieces.push(size === 0 ? '\ufffd' : bytes.toString('utf8', at, at + size))
    at += Math.max(size, 1)
  }
  return pieces.join('')
}

/** Bytes of the well-formed character at `at` (The Unicode Standard, table 3-7), or 0. */
function characterSize(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  const size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  return size > 0 && isUtf8(bytes.subarray(at, at + size)) ? size : 0
}

/** Whether a number in `value` is beyond a double, such as `1e400`, which Go refuses to decode. */
export function hasInfinity(value: unknown): boolean {
  const left: unknown[] = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'number' && !Number.isFinite(next)) return true
    if (typeof next !== 'object' || next === null) continue
    for (const element of Object.values(next)) left.push(element)
  }
  return false
}

function members(text: string, values: JsonObject['value']): JsonMember[] {
  const found: JsonMember[] = []
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] !== '}') {
    const endOfName = endOfString(text, at)
    const name = unquote(text.slice(at, endOfName))
    const start = skipSpace(text, endOfName)
    const end = endOfValue(text, start)
    found.push({ name, text: text.slice(start, end), value: values[name] })
    at = skipSpace(text, end)
  }
  if (found.length === Object.keys(values).length) return found
  // Some name stands there twice, and `values` has only the last of its values. They are many in a
  // hostile text, so one that nobody reads is not parsed again.
  return found.map(({ name, text: written }) => ({
    name,
    text: written,
    get value() {
      return parseValue(written)
    },
  }))
}

/** Runs before `JSON.parse`, so on any text: an unclosed string ends with it. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') quoted = !quoted
    else if (quoted) at += char === '\\' ? 1 : 0
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth > maxDepth) return true
  }
  return false
}

/** Whether any object in `text`, which is JSON, has two members of one name; in linear time. */
export function repeatsMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; ) {
    const char = text[at]
    if (char === '{') open.push(new Set())
    if (char === '[') open.push(undefined)
    if (char === '}' || char === ']') open.pop()
    if (char !== '"') {
      at += 1
      continue
    }
    const end = endOfString(text, at)
    const names = open.at(-1)
    // Between a name and its value skipSpace has to pass the colon.
    const isName = names !== undefined && text.slice(end, skipSpace(text, end)).includes(':')
    if (isName) {
      const name = unquote(text.slice(at, end))
      if (names.has(name)) return true
      names.add(name)
    }
    at = end
  }
  return false
}
