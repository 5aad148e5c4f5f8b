import { pathReadings } from './path.ts'

/** Variables that a pattern took out of a path or a host, by name. */
export type Captures = Readonly<Record<string, string>>

/** Every way in which the text fits the pattern; empty when it does not. */
export type Matcher = (text: string) => readonly Captures[]

/** RFC 1123 §2.1 as Kubernetes reads it: 1 to 63 of `a-z0-9-`, no hyphen at an edge. */
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const isLabel = new RegExp(`^${label}$`)
const captureName = /^[A-Za-z_][A-Za-z0-9_]*$/
/** RFC 3986 §3.3 pchar, without `*`, `{` and `}`, which mean something here. */
const pathText = /^(?:[A-Za-z0-9\-._~!$&'()+,;=:@/]|%[0-9A-Fa-f]{2})*$/
const hostText = /^[a-z0-9-]*$/

const noMatch: readonly Captures[] = []
const plainMatch: readonly Captures[] = [{}]

/**
 * Compiles a path pattern: literal text, `{name}` for one whole segment that is a DNS-1123 label, and
 * `*` at the end for anything, slashes included. Throws `SyntaxError` that says what is wrong.
 */
export function compilePathPattern(pattern: string): Matcher {
  if (!pattern.startsWith('/')) throw new SyntaxError(`path "${pattern}" must begin with "/"`)
  const open = pattern.endsWith('*')
  const text = open ? pattern.slice(0, -1) : pattern
  if (text.includes('*')) throw new SyntaxError(`"*" may only end a path, in "${pattern}"`)
  const segments = text.split('/')
  const names = segments.filter((segment) => segment.includes('{')).map(capturedSegment)
  assertDistinct(names, pattern)
  const literal = segments.map((segment) => (segment.includes('{') ? 'x' : segment)).join('/')
  if (!pathText.test(literal)) {
    throw new SyntaxError(
      `path "${pattern}" has a character that a path cannot have: escape it as %XX`,
    )
  }
  const readings = pathReadings(literal)
  if (readings?.length !== 1 || readings[0] !== literal) {
    throw new SyntaxError(`path "${pattern}" can never match: write it normalised, as Envoy does`)
  }
  if (names.length === 0) {
    return open
      ? (path) => (path.startsWith(text) ? plainMatch : noMatch)
      : (path) => (path === text ? plainMatch : noMatch)
  }
  const source = segments.map((segment) => (segment.includes('{') ? `(${label})` : escape(segment)))
  const regex = new RegExp(`^${source.join('/')}${open ? '' : '$'}`)
  return (path) => {
    const found = regex.exec(path)
    if (found === null) return noMatch
    return [Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))]
  }
}

function capturedSegment(segment: string): string {
  const name = segment.slice(1, -1)
  if (!segment.startsWith('{') || !segment.endsWith('}') || !captureName.test(name)) {
    throw new SyntaxError(`"${segment}" must be a whole segment such as "{namespace}"`)
  }
  return name
}

function assertDistinct(names: readonly string[], pattern: string): void {
  if (new Set(names).size !== names.length) {
    throw new SyntaxError(`"${pattern}" captures one name twice`)
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/**
 * Compiles a host pattern: lower-case labels, each of which may hold captures (`{name}`,
 * `{name}-{namespace}`). A label with two captures yields every way to split it.
 */
export function compileHostPattern(pattern: string): Matcher {
  const labels = pattern.split('.').map((text) => compileLabel(text, pattern))
  assertDistinct(
    labels.flatMap(({ names }) => names),
    pattern,
  )
  if (labels.every(({ names }) => names.length === 0)) {
    return (host) => (host === pattern ? plainMatch : noMatch)
  }
  return (host) => {
    const parts = host.split('.')
    if (parts.length !== labels.length) return noMatch
    let ways: readonly Captures[] = plainMatch
    for (const [index, { split }] of labels.entries()) {
      const found = split(parts[index] ?? '')
      ways = ways.flatMap((way) => found.map((captures) => ({ ...way, ...captures })))
    }
    return ways
  }
}

interface LabelPattern {
  readonly names: readonly string[]
  readonly split: Matcher
}

function compileLabel(text: string, pattern: string): LabelPattern {
  const pieces = text.split(/(\{[^{}]*\})/)
  const names = pieces.filter((_, index) => index % 2 === 1).map((piece) => piece.slice(1, -1))
  const literals = pieces.filter((_, index) => index % 2 === 0)
  if (text === '' || !literals.every((literal) => hostText.test(literal))) {
    throw new SyntaxError(`host "${pattern}" must be lower-case labels, without port and "*"`)
  }
  if (names.length > 2 || !names.every((name) => captureName.test(name))) {
    throw new SyntaxError(`host "${pattern}" may capture at most two names in one label`)
  }
  const [head = '', middle = '', tail = ''] = literals
  if (names.length === 2 && middle === '') {
    throw new SyntaxError(`host "${pattern}" needs text between two captures of one label`)
  }
  return { names, split: splitter({ names, head, middle, tail }) }
}

function splitter(options: {
  readonly names: readonly string[]
  readonly head: string
  readonly middle: string
  readonly tail: string
}): Matcher {
  const [first, second] = options.names
  const { head, middle } = options
  if (first === undefined) return (text) => (text === head ? plainMatch : noMatch)
  const end = second === undefined ? middle : options.tail
  return (text) => {
    if (!isLabel.test(text) || text.length < head.length + end.length) return noMatch
    if (!text.startsWith(head) || !text.endsWith(end)) return noMatch
    const inner = text.slice(head.length, text.length - end.length)
    if (second === undefined) return isLabel.test(inner) ? [{ [first]: inner }] : noMatch
    return splits(inner, middle).map(([left, right]) => ({ [first]: left, [second]: right }))
  }
}

function splits(text: string, separator: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = []
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) {
    const left = text.slice(0, at)
    const right = text.slice(at + separator.length)
    if (isLabel.test(left) && isLabel.test(right)) found.push([left, right])
  }
  return found
}
