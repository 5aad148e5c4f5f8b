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
      if (target === undefined) return fault(path, position, `no &${node.source} stands before it`)
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
    const lines = new Map<string, number>()
    const add = (name: string, position: Position, member: () => unknown) => {
      const line = lines.get(name)
      const path = childPath(place.path, name)
      if (line !== undefined) return fault(path, position, `is given twice, first in line ${line}`)
      lines.set(name, position.line)
      entries.set(name, member())
    }
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        fault(place.path, positionOf(isAlias(key) ? key : node), 'a key must be plain text')
        continue
      }
      const name = String(key.value)
      const position = positionOf(key)
      if (name === '<<' && key.type === 'PLAIN') {
        for (const [own, member] of merge(value, place, position)) add(own, position, () => member)
      } else {
        add(name, position, () => read(value, memberPlace(place, name, position)))
      }
    }
    // A key `__proto__` stays a key this way.
    return Object.fromEntries(entries)
  }

  function memberPlace(place: Place, name: string, key: Position): Place {
    const section = place.depth === 0 ? options.sections.get(name) : undefined
    const dialect = section ?? place.dialect
    return { ...place, path: childPath(place.path, name), dialect, depth: place.depth + 1, key }
  }

  /** As go-yaml merges in strict mode: what is merged must not name a key that is there already. */
  function merge(source: unknown, place: Place, key: Position): [string, unknown][] {
    const path = childPath(place.path, '<<')
    if (!place.dialect.merge) {
      fault(path, key, 'merge keys are not supported: write the keys out')
      return []
    }
    const target = resolve(source)
    const sources: readonly unknown[] = isSeq(target) ? target.items : [source]
    return sources.flatMap((item) => {
      const map = resolve(item)
      if (isMap(map) && !open.has(map)) return mergeMap(map, place, isAlias(item))
      fault(path, key, 'must name a map, or a list of maps')
      return []
    })
  }

  function mergeMap(map: YAMLMap, place: Place, copied: boolean): [string, unknown][] {
    const mark = marks.get(place.path)
    const value = read(map, { ...place, depth: place.depth + 1, copied: place.copied || copied })
    if (mark !== undefined) marks.set(place.path, mark)
    return Object.entries(value ?? {})
  }

  function resolve(node: unknown): unknown {
    return isAlias(node) ? anchors.get(node.source) : node
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
