import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
  type Scalar as YamlScalar,
} from 'yaml'
import { type Dialect, isClosed, notClosed, writtenScalar } from './yaml-dialect.ts'

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
  /** The file. */
  readonly text: string
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
  readonly isInFlow: boolean
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
    if (!place.copied) remember(node, place)
    marks.set(path, { key, value: position, written: undefined })
    if (isScalar(node)) return readScalar(node, place)
    if (!place.dialect.likeKubernetes && !tagFits(node)) {
      return fault(path, position, `tags such as ${node.tag} are not supported`)
    }
    open.add(node)
    const inner = node.flow === true ? { ...place, isInFlow: true } : place
    const value = isMap(node)
      ? readMap(node, inner)
      : node.items.map((item, index) => read(item, child(inner, index)))
    open.delete(node)
    return value
  }

  function remember(node: YamlScalar | YAMLMap | YAMLSeq, { path, dialect }: Place): void {
    if (node.anchor === undefined) return
    if (dialect.likeKubernetes && !/^[0-9A-Za-z_-]+$/.test(node.anchor)) {
      fault(path, positionOf(node), 'an anchor must be named with letters, digits, "_" and "-"')
    }
    anchors.set(node.anchor, node)
  }

  function readScalar(node: YamlScalar, { path, dialect, key, isInFlow }: Place): unknown {
    const value = positionOf(node)
    const written = writtenScalar(node, { text: options.text, isInFlow })
    const reading = isClosed(written) ? dialect.scalar(written) : notClosed
    if (!reading.ok) return fault(path, value, reading.message)
    const { value: scalar } = reading
    if (typeof scalar !== 'string') {
      marks.set(path, { key, value, written: written.text })
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
    for (const { key: given, value } of node.items) {
      const key = place.dialect.likeKubernetes ? resolve(given) : given
      if (!isScalar(key)) {
        fault(place.path, positionOf(isAlias(given) ? given : node), 'a key must be plain text')
        continue
      }
      const position = positionOf(isAlias(given) ? given : key)
      const written = writtenScalar(key, { text: options.text, isInFlow: place.isInFlow })
      const after = isExplicit(key) ? '' : options.text.slice(key.range?.[1])
      const reading = isClosed(written) ? place.dialect.key(written, after) : notClosed
      if (!reading.ok) {
        fault(place.path, position, reading.message)
        continue
      }
      const { name } = reading
      if (isScalar(given)) remember(given, place)
      if (name === '<<' && key.type === 'PLAIN') {
        for (const [own, member] of merge(value, place, position)) add(own, position, () => member)
      } else {
        add(name, position, () => read(value, memberPlace(place, name, position)))
      }
    }
    // A key `__proto__` stays a key this way.
    return Object.fromEntries(entries)
  }

  /** Written `? key`, so that what is behind it is not held to the rules of `key:`. */
  function isExplicit(key: YamlScalar): boolean {
    return /(?:^|[\s{[,-])\?\s+$/.test(options.text.slice(0, key.range?.[0]).slice(-40))
  }

  function memberPlace(place: Place, name: string, key: Position): Place {
    const section = place.depth === 0 ? options.sections.get(name) : undefined
    const dialect = section ?? place.dialect
    return { ...place, path: childPath(place.path, name), dialect, depth: place.depth + 1, key }
  }

  /** As go-yaml merges in strict mode: what is merged must not name a key that is there already. */
  function merge(source: unknown, place: Place, key: Position): [string, unknown][] {
    const path = childPath(place.path, '<<')
    if (!place.dialect.likeKubernetes) {
      fault(path, key, 'merge keys are not supported: write the keys out')
      return []
    }
    const sources: readonly unknown[] = isSeq(source) ? source.items : [source]
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
    isInFlow: false,
  })
  return { value, marks, faults }
}

function child(place: Place, index: number): Place {
  return { ...place, path: childPath(place.path, index), depth: place.depth + 1, key: undefined }
}

function tagFits(node: Node): boolean {
  const kind = isMap(node) ? 'map' : 'seq'
  return node.tag === undefined || node.tag === '!' || node.tag === `tag:yaml.org,2002:${kind}`
}
