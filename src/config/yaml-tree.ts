import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type Scalar as YamlScalar,
} from 'yaml'
import type { Substitution } from './substitute.ts'
import type { Scalar } from './yaml-scalars.ts'

/** Both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where a value stands in the file. */
export interface Mark {
  /** Of its key; undefined for a list's item and for the document itself. */
  readonly key: Position | undefined
  readonly value: Position
  /** As the file has it, where the value itself differs (`yes`, `${NAME}`). */
  readonly written: string | undefined
}

/** How scalars, variables and merge keys of a part of the file are read. */
export interface Dialect {
  readonly scalar: (source: string) => Scalar
  readonly substitute: (text: string) => Substitution
  /** Whether `<<` merges, as kube-apiserver's reader does, or is refused. */
  readonly merge: boolean
}

export interface TreeFault {
  readonly path: string
  readonly position: Position
  readonly message: string
}

export interface Tree {
  readonly value: unknown
  /** By path, as {@link childPath} writes it; the document itself is `''`. */
  readonly marks: ReadonlyMap<string, Mark>
  readonly faults: readonly TreeFault[]
}

export interface TreeOptions {
  readonly dialect: Dialect
  /** Top-level keys whose values are read by another dialect. */
  readonly sections: ReadonlyMap<string, Dialect>
  /** Turns an offset into a position. */
  readonly at: (offset: number) => Position
}

/** Aliases may repeat a part of the file, but not make 100,000 values out of it. */
const maxNodes = 100_000
const maxDepth = 64

/** `routes[0].match`, with keys that are no plain words quoted. */
export function childPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`
  return parent === '' ? key : `${parent}.${key}`
}

interface Place {
  readonly path: string
  readonly dialect: Dialect
  readonly depth: number
  readonly key: Position | undefined
  /** Inside the copy that an alias makes: its anchors are those of the original. */
  readonly copied: boolean
}

/** Makes plain data out of parsed YAML, with the place of every value. Never throws. */
export function readTree(root: unknown, options: TreeOptions): Tree {
  const marks = new Map<string, Mark>()
  const faults: TreeFault[] = []
  const anchors = new Map<string, Node>()
  const open = new Set<Node>()
  let nodes = 0
  let full = false

  const positionOf = (node: Node) => options.at(node.range?.[0] ?? 0)
  const fault = (path: string, position: Position, message: string) => {
    faults.push({ path, position, message })
  }

  function read(node: unknown, place: Place): unknown {
    const { path, key } = place
    if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) {
      marks.set(path, { key, value: key ?? { line: 1, column: 1 }, written: undefined })
      return null
    }
    const position = positionOf(node)
    nodes += 1
    if (full) return undefined
    if (nodes > maxNodes || place.depth > maxDepth) {
      full = true // said once; nothing more is read
      const limit = nodes > maxNodes ? `${maxNodes} values` : `${maxDepth} levels`
      return fault(path, position, `is too much: more than ${limit}`)
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target === undefined)
        return fault(path, position, `no anchor &${node.source} stands before`)
      if (open.has(target)) return fault(path, position, `*${node.source} would hold itself`)
      return read(target, { ...place, copied: true })
    }
    if (node.anchor !== undefined && !place.copied) anchors.set(node.anchor, node)
    marks.set(path, { key, value: position, written: undefined })
    if (!tagFits(node)) return fault(path, position, `tags such as ${node.tag} are not supported`)
    if (isScalar(node)) return readScalar(node, place)
    open.add(node)
    const value = isMap(node)
      ? readMap(node, place)
      : node.items.map((item, index) => read(item, child(place, index)))
    open.delete(node)
    return value
  }

  function readScalar(node: YamlScalar, { path, dialect, key }: Place): unknown {
    const text = String(node.value)
    const plain = node.type === 'PLAIN' && node.tag === undefined
    const scalar = plain ? dialect.scalar(text) : text
    const value = positionOf(node)
    if (typeof scalar !== 'string') {
      marks.set(path, { key, value, written: text })
      return scalar
    }
    const substituted = dialect.substitute(scalar)
    if (!substituted.ok) return fault(path, value, substituted.message)
    if (substituted.text !== scalar) marks.set(path, { key, value, written: scalar })
    return substituted.text
  }

  function readMap(node: YAMLMap, place: Place): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    const first = new Map<string, Position>()
    for (const pair of node.items) {
      const key = pair.key
      if (!isScalar(key)) {
        fault(
          place.path,
          isAlias(key) ? positionOf(key) : positionOf(node),
          'a key must be plain text',
        )
        continue
      }
      const name = String(key.value)
      const position = positionOf(key)
      if (name === '<<' && key.type === 'PLAIN') {
        if (!place.dialect.merge)
          fault(
            childPath(place.path, name),
            position,
            'merge keys are not supported: write the keys out',
          )
        else
          for (const [path, value] of merged(pair.value, place, position))
            add(path, value, position)
        continue
      }
      const section = place.depth === 0 ? options.sections.get(name) : undefined
      const path = childPath(place.path, name)
      if (entries.has(name)) {
        add(name, undefined, position)
        continue
      }
      const dialect = section ?? place.dialect
      add(
        name,
        read(pair.value, { ...place, path, dialect, depth: place.depth + 1, key: position }),
        position,
      )
    }
    // Not `entries` as an object literal: a key `__proto__` must stay a key.
    return Object.fromEntries(entries)

    function add(name: string, value: unknown, position: Position) {
      const line = first.get(name)?.line
      if (line !== undefined) {
        return fault(childPath(place.path, name), position, `is given twice, first in line ${line}`)
      }
      first.set(name, position)
      entries.set(name, value)
    }
  }

  /** As go-yaml merges in strict mode: what is merged must not name a key that is there already. */
  function merged(source: unknown, place: Place, key: Position): [string, unknown][] {
    const target = isAlias(source) ? anchors.get(source.source) : source
    if (isSeq(target)) return target.items.flatMap((item) => merged(item, place, key))
    if (!isMap(target) || open.has(target)) {
      fault(childPath(place.path, '<<'), key, 'must name a map')
      return []
    }
    const mark = marks.get(place.path)
    const value = read(source, { ...place, depth: place.depth + 1, key, copied: true })
    if (mark !== undefined) marks.set(place.path, mark)
    return Object.entries(value ?? {})
  }

  const value = read(root, {
    path: '',
    dialect: options.dialect,
    depth: 0,
    key: undefined,
    copied: false,
  })
  return { value, marks, faults }
}

function child(place: Place, index: number): Place {
  return { ...place, path: childPath(place.path, index), depth: place.depth + 1, key: undefined }
}

function tagFits(node: Node): boolean {
  const kind = isMap(node) ? 'map' : isScalar(node) ? 'str' : 'seq'
  return node.tag === undefined || node.tag === '!' || node.tag === `tag:yaml.org,2002:${kind}`
}
