import { canonicalName, unicodeClass } from './unicode-classes.ts'

/** What the walk over a pattern comes by, one after the other; what none of them matches is a character. */
const token =
  /\\Q(?:(?!\\E).)*(?:\\E)?|\\[pP](?:\{[^}]*\}|\{.*$|.)?|\\.|\[:\^?[a-z]+:\]|\(\?P?<\w+>|[^]/gsu

/**
 * A pattern of Go's `regexp` as re2js takes it: it has Unicode's classes under their own names, and no two
 * groups of one name. Groups lose their names, which nothing in CEL can use. Undefined if a class is not
 * known to Go.
 */
export function toRe2js(pattern: string): string | undefined {
  if (!/\\[pP]|\(\?P?</.test(pattern)) return pattern
  let isClass = false
  let isFirst = false
  let translated = ''
  for (const [text] of pattern.matchAll(token)) {
    if (/^\\[pP]/.test(text)) {
      const written = unicode(text, isClass)
      if (written === undefined) return undefined
      translated += written
    } else {
      translated += !isClass && /^\(\?P?</.test(text) ? '(' : text
    }
    // A bracket right at the start of a class, or after its ^, does not end it.
    const wasFirst: boolean = isFirst
    isFirst = isClass ? wasFirst && text === '^' : text === '['
    if (!isClass && text === '[') isClass = true
    else if (text === ']' && !wasFirst) isClass = false
  }
  return translated
}

/** `\pL`, `\p{^Greek}`, also within brackets. */
function unicode(text: string, isClass: boolean): string | undefined {
  const inner = text.slice(2).replace(/^\{(.*)\}$/s, '$1')
  const isNegated = text.startsWith('\\P') !== inner.startsWith('^')
  const name = inner.replace(/^\^/, '')
  if (canonicalName(name) === 'Ascii') return ascii(isNegated, isClass)
  const isUnassigned = canonicalName(name) === 'Assigned'
  const known = isUnassigned ? 'Cn' : unicodeClass(name)
  if (known === undefined) return undefined
  return `\\${isNegated === isUnassigned ? 'p' : 'P'}{${known}}`
}

function ascii(isNegated: boolean, isClass: boolean): string {
  const range = isNegated ? '\\x{80}-\\x{10FFFF}' : '\\x00-\\x7F'
  return isClass ? range : `[${range}]`
}
