import { parseDocument } from 'yaml'
import { isRecord } from '../../json/record.ts'
import type { Rendered } from './rendered.ts'
import { listAt, textAt, type Unread } from './values.ts'

/** What a file holds, or why it cannot be read. */
export interface ReadFile {
  readonly objects: readonly Rendered[]
  /** How many there are, those of no interest included. */
  readonly count: number
  /** `FILE:LINE: what is wrong`. */
  readonly problems: readonly string[]
}

/** A rendered kustomization of Kubeflow has 5 MB. */
const maxBytes = 64 * 1024 * 1024

/** Aliases that a document may resolve to: a few hundred bytes can stand for terabytes. */
const maxAliasCount = 100

/**
 * Reads the objects of `kinds` out of a rendered kustomization, a `kubectl get -o yaml`, or the same as JSON.
 * Documents of other kinds are counted and not parsed, as most of their text is of definitions.
 */
export function readObjects(
  { file, text }: { readonly file: string; readonly text: string },
  kinds: ReadonlySet<string>,
): ReadFile {
  if (text.length > maxBytes) return unreadable(`${file}: has more than ${maxBytes} bytes`)
  if (text.trimStart().startsWith('{')) return readJson(file, text)
  const objects: Rendered[] = []
  const problems: string[] = []
  let count = 0
  for (const { line, chunk } of chunksOf(text)) {
    const kind = /^kind:[ \t]*["']?(?<kind>[A-Za-z]+)/m.exec(chunk)?.groups?.['kind']
    if (kind !== undefined && !kinds.has(kind) && !kind.endsWith('List')) {
      count += 1
      continue
    }
    const parsed = parse(chunk)
    if (parsed.problem !== undefined) {
      problems.push(`${file}:${line + parsed.line}: ${parsed.problem}`)
    } else {
      const found = objectsOf(parsed.value, { file, line })
      if (found === undefined) problems.push(`${file}:${line}: ${noObject}`)
      count += found?.length ?? 0
      objects.push(...(found ?? []))
    }
  }
  if (count === 0 && problems.length === 0) return unreadable(`${file}: has no Kubernetes objects`)
  return { objects, count, problems }
}

const noObject = 'is no Kubernetes object: it has no apiVersion, kind and metadata.name'

function unreadable(problem: string): ReadFile {
  return { objects: [], count: 0, problems: [problem] }
}

function readJson(file: string, text: string): ReadFile {
  try {
    const found = objectsOf(JSON.parse(text), { file, line: 1 })
    if (found === undefined) return unreadable(`${file}: ${noObject}`)
    return { objects: found, count: found.length, problems: [] }
  } catch (error) {
    return unreadable(
      `${file}: is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
}

/** Documents of a stream; a line of three dashes ends one even within a text (YAML 1.2 §9.1.2). */
function* chunksOf(text: string): Generator<{ readonly line: number; readonly chunk: string }> {
  const mark = /^---(?=[ \t\r\n]|$)[^\n]*\n?/gm
  let start = 0
  let line = 1
  const cut = (end: number) => {
    const chunk = text.slice(start, end)
    const blank = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(chunk)?.[0] ?? ''
    const at = { line: line + linesIn(blank), chunk }
    line += linesIn(text.slice(start, end))
    return blank.length === chunk.length || chunk.trim() === '' ? undefined : at
  }
  for (const found of text.matchAll(mark)) {
    const before = cut(found.index)
    if (before !== undefined) yield before
    start = found.index + found[0].length
    line += linesIn(found[0])
  }
  const last = cut(text.length)
  if (last !== undefined) yield last
}

function linesIn(text: string): number {
  return text.split('\n').length - 1
}

type Parsed =
  | { readonly problem: undefined; readonly value: Unread }
  | { readonly problem: string; readonly line: number }

function parse(chunk: string): Parsed {
  const text = chunk.replace(/\n\.\.\.[ \t\r\n]*$/, '\n')
  // As kubectl reads it: `failOpen: yes` is true.
  const document = parseDocument(text, { logLevel: 'error', version: '1.1' })
  const [error] = document.errors
  if (error !== undefined) {
    const [first = 'unreadable'] = error.message.split('\n')
    const line = (error.linePos?.[0].line ?? 1) - 1
    return { problem: `is not YAML: ${first.replace(/ at line \d+, column \d+:?$/, '')}`, line }
  }
  try {
    return { problem: undefined, value: document.toJS({ maxAliasCount }) as Unread }
  } catch {
    return { problem: `has more aliases than the ${maxAliasCount} that are resolved`, line: 0 }
  }
}

/** The object, or those of a list; undefined for what is neither. */
function objectsOf(
  value: Unread,
  where: { readonly file: string; readonly line: number },
): readonly Rendered[] | undefined {
  const kind = textAt(value, 'kind')
  if (kind?.endsWith('List') === true && isRecord(value) && Array.isArray(value['items'])) {
    const items = listAt(value, 'items').map((item) => objectsOf(item, where))
    return items.flatMap((item) => item ?? [])
  }
  const name = textAt(value, 'metadata', 'name')
  const apiVersion = textAt(value, 'apiVersion')
  if (kind === undefined || name === undefined || apiVersion === undefined) return undefined
  const namespace = textAt(value, 'metadata', 'namespace') ?? ''
  return [{ ...where, apiVersion, kind, namespace, name, value }]
}
