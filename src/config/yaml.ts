/**
 * Reads YAML strictly: one document, no repeated keys, no foreign tags, bounded aliases, and a line
 * and column for every value. The `yaml` package finds the structure; what a scalar means is decided
 * by a {@link Dialect}, because one file holds two: Attaché's own, and Kubernetes' in `authentication`.
 */
import type { Dialect } from './yaml-dialect.ts'
import { structureInGo, structureOf } from './yaml-flow.ts'
import { type Position, readTree, type Tree } from './yaml-tree.ts'

/** What was read, or why the text is no YAML, at most ten reasons. */
export type ParsedYaml =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly faults: readonly SyntaxFault[] }

export interface SyntaxFault {
  readonly position: Position
  readonly message: string
}

export interface ParseOptions {
  readonly dialect: Dialect
  /** Top-level keys whose values are read by another dialect. */
  readonly sections?: ReadonlyMap<string, Dialect>
  /** Kubernetes reads the first document of a file and ignores the others. */
  readonly firstDocumentOnly?: boolean
}

const maxSyntaxFaults = 10

/** Never throws: what is wrong with the text is in the result. */
export function parseYaml(text: string, options: ParseOptions): ParsedYaml {
  const control = findControl(text)
  if (control !== undefined) return { ok: false, faults: [control] }
  const structure = options.firstDocumentOnly === true ? structureInGo : structureOf
  const { document, text: parsed, lines, movedBy } = structure(text)
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col - movedBy(line)) }
  }
  const errors = document.errors.filter(
    ({ code }) => !(code === 'MULTIPLE_DOCS' && options.firstDocumentOnly === true),
  )
  if (errors.length > 0) {
    const faults = errors.slice(0, maxSyntaxFaults).map(({ code, message, pos }) => ({
      position: at(pos[0]),
      message: syntaxMessage(code, message),
    }))
    return { ok: false, faults }
  }
  const { dialect, sections = new Map() } = options
  return { ok: true, tree: readTree(document.contents, { dialect, sections, text: parsed, at }) }
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: write one document only'
  if (code === 'TAB_AS_INDENT') return 'is no YAML: indent with spaces, not with tabs'
  // This one quotes the file.
  if (code === 'UNEXPECTED_TOKEN') return 'is no YAML: something stands here that fits nothing'
  return `is no YAML: ${message}`
}

/** The characters outside of {@link https://yaml.org/spec/1.2.2/#51-character-set YAML 1.2 §5.1}. */
function findControl(text: string): SyntaxFault | undefined {
  const index = text.search(/(?![\t\n\r\u0085])[\p{Cc}\ufffe\uffff]/u)
  if (index === -1) return undefined
  const before = text.slice(0, index)
  const code = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')
  return {
    position: {
      line: before.split('\n').length,
      column: index - before.lastIndexOf('\n'),
    },
    message: `is no YAML: holds the control character U+${code}`,
  }
}
