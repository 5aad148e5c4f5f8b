import type { ConfigProblem } from '../errors.ts'
import type { ParsedYaml } from './yaml.ts'
import type { Mark, Position } from './yaml-tree.ts'

/**
 * What kind of fault it is: `shape` makes the value unusable, `refused` makes what lies beneath it
 * uninteresting, a `rule` neither.
 */
export type FaultKind = 'shape' | 'refused' | 'rule'

export interface ReportOptions {
  /** Default `rule`. */
  readonly kind?: FaultKind
  /** Whether the position is that of the key or of the value. Default `value`. */
  readonly at?: 'key' | 'value'
}

/** One configuration file being checked: collects what is wrong with it, and where. */
export interface Document {
  readonly file: string
  readonly value: unknown
  /** Says what is wrong at a path, which need not exist: the nearest place above it counts then. */
  readonly report: (path: string, message: string, options?: ReportOptions) => void
  /** Whether nothing at, above or beneath the path has the wrong shape. */
  readonly usable: (path: string) => boolean
  /** Whether the value at the path itself has not been reported as having the wrong shape. */
  readonly usableItself: (path: string) => boolean
  /** Whether the file has something there. */
  readonly given: (path: string) => boolean
  readonly locate: (path: string, at?: 'key' | 'value') => Position
  /** The value for a message, ` (got "x")`; empty for one that may be a secret. */
  readonly got: (path: string, value: unknown) => string
  /** What the file has where it differs from the value: `${NAME}`. */
  readonly written: (path: string) => string | undefined
  /** In the order of the file. */
  readonly problems: () => readonly ConfigProblem[]
}

/** What the rules of `authentication` tell their findings to: a document, or flags. */
export type Reporter = Pick<Document, 'report' | 'got'>

export function createDocument(file: string, parsed: ParsedYaml): Document {
  const { value, marks } = parsed.ok
    ? parsed.tree
    : { value: undefined, marks: new Map<string, Mark>() }
  const problems: ConfigProblem[] = []
  const closed = new Set<string>()
  const broken = new Set<string>()

  const locate = (path: string, at: 'key' | 'value' = 'value'): Position => {
    const mark = marks.get(path)
    if (mark !== undefined) return at === 'key' ? (mark.key ?? mark.value) : mark.value
    return path === '' ? { line: 1, column: 1 } : locate(parentPath(path), 'key')
  }
  const report = (path: string, message: string, options: ReportOptions = {}) => {
    const { kind = 'rule', at } = options
    const known = ancestors(path).some((ancestor) => closed.has(ancestor))
    if (kind !== 'rule') closed.add(path)
    if (kind === 'shape') broken.add(path)
    if (!known) problems.push({ file, ...locate(path, at), path, message })
  }
  const faults = parsed.ok
    ? parsed.tree.faults
    : parsed.faults.map((fault) => ({ ...fault, path: '' }))
  for (const { path, position, message } of faults) {
    closed.add(path)
    broken.add(path)
    problems.push({ file, ...position, path, message })
  }
  return {
    file,
    value,
    report,
    usable: (path) =>
      !ancestors(path).some((ancestor) => broken.has(ancestor)) &&
      ![...broken].some(
        (place) => path === '' || place.startsWith(`${path}.`) || place.startsWith(`${path}[`),
      ),
    usableItself: (path) => !broken.has(path),
    given: (path) => marks.has(path),
    locate,
    got: (path, found) => describeValue(path, found, marks.get(path)),
    written: (path) => marks.get(path)?.written,
    problems: () => problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
  }
}

/** The path itself first, the document (`''`) last. */
function ancestors(path: string): string[] {
  return path === '' ? [''] : [path, ...ancestors(parentPath(path))]
}

function parentPath(path: string): string {
  const quoted = /^(.*)\["(?:[^"\\]|\\.)*"\]$/s.exec(path)
  if (quoted !== null) return quoted[1] ?? ''
  return path.slice(0, Math.max(0, path.lastIndexOf('.'), path.lastIndexOf('[')))
}

/** Keys that name a file with a secret: somebody may have written the secret itself there. */
const secretKeys = new Set([
  'callerSecretFile',
  'clientSecretFile',
  'htpasswdFile',
  'keyFile',
  'keysFile',
  'tokenFile',
  'urlFile',
])

function describeValue(path: string, value: unknown, mark: Mark | undefined): string {
  if (secretKeys.has(path.slice(path.lastIndexOf('.') + 1))) return ''
  if (Array.isArray(value)) return ' (got a list)'
  if (value === null || value === undefined) return ' (got nothing)'
  if (typeof value === 'object') return ' (got a map)'
  if (typeof value === 'string') return ` (got ${quote(mark?.written ?? value)})`
  return ` (got ${mark?.written ?? JSON.stringify(value)})`
}

const maxQuoted = 80

/** The text for a message: bounded, without control characters, passwords in URLs or PEM bodies. */
export function quote(text: string): string {
  if (text.includes('-----BEGIN')) return '<omitted>'
  const safe = text.replaceAll(/\/\/[^/?#]*@/g, '//…@')
  return JSON.stringify(safe.length > maxQuoted ? `${safe.slice(0, maxQuoted)}…` : safe)
}
