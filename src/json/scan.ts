/** Walks through text that `JSON.parse` has accepted; on any other it may never end. */

/**
 * The value of a JSON text that holds escapes. V8 13.6 takes the name of a member for another one when
 * it is written with an escape and an earlier object had, at that place, a name that begins with a
 * backslash: after `{"a":1,"\\\\":2}` it reads `{"a":1,"\\u0041":2}` as having no `A`. Anybody can send the
 * first, so names are decoded here one by one.
 */
export function readEscaped(text: string): unknown {
  const open: Container[] = []
  for (let at = skipSpace(text, 0); ; ) {
    const code = text.charCodeAt(at)
    const container = open.at(-1)
    let value: unknown
    if (code === 0x5d || code === 0x7d) {
      // The end of a list or object, which is a value of what it stands in.
      open.pop()
      at += 1
      value = container?.value
    } else {
      if (container !== undefined && 'name' in container) {
        const endOfName = endOfString(text, at)
        container.name = unquote(text.slice(at, endOfName))
        at = skipSpace(text, endOfName)
      }
      const opened = openAt(text, at)
      if (opened !== undefined) {
        open.push(opened)
        at = skipSpace(text, at + 1)
        continue
      }
      const end = endOfValue(text, at)
      value = scalar(text.slice(at, end))
      at = end
    }
    const parent = open.at(-1)
    if (parent === undefined) return value
    put(parent, value)
    at = skipSpace(text, at)
  }
}

type Container =
  | { readonly value: unknown[] }
  | { readonly value: Record<string, unknown>; name: string }

function openAt(text: string, at: number): Container | undefined {
  if (text[at] === '[') return { value: [] }
  return text[at] === '{' ? { value: {}, name: '' } : undefined
}

function put(parent: Container, value: unknown): void {
  if (!('name' in parent)) parent.value.push(value)
  else if (parent.name !== '__proto__') parent.value[parent.name] = value
  else {
    const own = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(parent.value, parent.name, own)
  }
}

function scalar(text: string): unknown {
  return text.startsWith('"') ? unquote(text) : JSON.parse(text)
}

/** The text that a string stands for; half a surrogate pair is U+FFFD, as in Go. */
export function unquote(text: string): string {
  return text.includes('\\') ? String(JSON.parse(text)).toWellFormed() : text.slice(1, -1)
}

/** Skips white space, and the `,` or `:` in it. */
export function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && isBetween(text.charCodeAt(at))) at += 1
  return at
}

/** Blank, tab, CR, LF, comma, colon: what stands between the tokens of JSON. */
function isBetween(code: number): boolean {
  return (
    code === 0x20 ||
    code === 0x2c ||
    code === 0x3a ||
    code === 0x0a ||
    code === 0x0d ||
    code === 0x09
  )
}

/** The position behind the string that begins at `from`. */
export function endOfString(text: string, from: number): number {
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    // Escaped, if an odd number of backslashes stands before it.
    let before = quote - 1
    while (text.charCodeAt(before) === 0x5c) before -= 1
    if ((quote - before) % 2 === 1) return quote + 1
    at = quote + 1
  }
}

/** The position behind the value that begins at `from`. */
export function endOfValue(text: string, from: number): number {
  const first = text[from]
  if (first === '"') return endOfString(text, from)
  if (first !== '{' && first !== '[') {
    let at = from
    while (at < text.length && !endsScalar(text.charCodeAt(at))) at += 1
    return at
  }
  let depth = 0
  for (let at = from; ; ) {
    const code = text.charCodeAt(at)
    if (code === 0x7b || code === 0x5b) depth += 1
    if (code === 0x7d || code === 0x5d) depth -= 1
    at = code === 0x22 ? endOfString(text, at) : at + 1
    if (depth === 0) return at
  }
}

function endsScalar(code: number): boolean {
  return isBetween(code) || code === 0x5d || code === 0x7d
}
