import { LineCounter, parseDocument } from 'yaml'

/** What the `yaml` package makes of a text. */
export type YamlDocument = ReturnType<typeof parseDocument>

/** A document, the text that it was made from, and where its offsets are. */
export interface StructuredYaml {
  readonly document: YamlDocument
  /** As it was given, but for blanks before lines. */
  readonly text: string
  readonly lines: LineCounter
  /** How many columns a line was moved by. */
  readonly movedBy: (line: number) => number
}

/** Finds the structure of a text as YAML 1.2 has it. */
export function structureOf(text: string): StructuredYaml {
  return { ...parse(text), movedBy: () => 0 }
}

/**
 * The same, but as in go-yaml indentation means nothing within brackets, braces and quotes: a line that is
 * indented too little there is moved to the right, where it means the same. A text that stays faulty is
 * left as it was.
 */
export function structureInGo(text: string): StructuredYaml {
  const first = structureOf(text)
  const width = 1 + Math.max(...text.split('\n').map((line) => line.search(/[^ ]|$/)))
  const moved = new Set<number>()
  let last: Parsed = first
  for (;;) {
    const line = lineToMove(last)
    if (line === undefined) break
    if (moved.has(line) || moved.size >= maxMoved) return first
    moved.add(line)
    last = parse(moveLine(last.text, { line, width }))
  }
  if (last.document.errors.some(isFatal)) return first
  return { ...last, movedBy: (line) => (moved.has(line) ? width : 0) }
}

/** Each takes a parse of the whole file; files with more such lines are written by machines, as JSON. */
const maxMoved = 500

type Parsed = Omit<StructuredYaml, 'movedBy'>

function parse(text: string): Parsed {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe', // every scalar stays text, so that the dialect alone decides
    uniqueKeys: false, // quadratic there; `readTree` finds repeated keys in linear time
    prettyErrors: false, // its messages quote the file, and the file may be the wrong one
    lineCounter: lines,
  })
  return { document, text, lines }
}

function isFatal({ code }: YamlDocument['errors'][number]): boolean {
  return code !== 'MULTIPLE_DOCS'
}

/** The line at which the first fault ended brackets or quotes too early. */
function lineToMove({ document, text, lines }: Parsed): number | undefined {
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])
  const isEarlyEnd =
    (first?.code === 'BAD_INDENT' && first.message.startsWith('Flow ')) ||
    (first?.code === 'MISSING_CHAR' && first.message.startsWith('Missing closing '))
  if (first === undefined || !isEarlyEnd) return undefined
  const all = text.split('\n')
  const { line } = lines.linePos(first.pos[0])
  const start = lines.lineStarts[line - 1] ?? 0
  const isAtStart = text.slice(start, first.pos[0]).trim() === ''
  for (let at = isAtStart ? line : line + 1; at <= all.length; at += 1) {
    const content = all[at - 1] ?? ''
    // It ends the document, within brackets too.
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(content)) return undefined
    if (content.trim() !== '') return at
  }
  return undefined
}

function moveLine(text: string, { line, width }: { line: number; width: number }): string {
  const all = text.split('\n')
  all[line - 1] = `${' '.repeat(width)}${all[line - 1] ?? ''}`
  return all.join('\n')
}
