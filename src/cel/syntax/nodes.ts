import type { ComprehensionExpr, Expr, ExprId, MapEntry, StructField } from '../expr.ts'
import { SyntaxFault } from './token.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

/** Everything of a node but its id. */
export type NodeShape = WithoutId<Expr>

/** Makes the nodes of one tree, each with an id and a place in the source. */
export interface Nodes {
  readonly add: (offset: number, shape: NodeShape) => Expr
  readonly addEntry: (offset: number, shape: Omit<MapEntry, 'id'>) => MapEntry
  readonly addField: (offset: number, shape: Omit<StructField, 'id'>) => StructField
  /** The same tree again, every node with an id of its own at the same place. */
  readonly copy: (expr: Expr) => Expr
  readonly offsets: ReadonlyMap<ExprId, number>
  readonly lastId: () => ExprId
}

/**
 * `optMap` holds what stands before it twice, so that a chain of n of them is 2ⁿ nodes. No source of the
 * allowed length has so many without it.
 */
const maxNodes = 250_000

/** Starts a tree. */
export function createNodes(): Nodes {
  const offsets = new Map<ExprId, number>()
  let lastId = 0
  function newId(offset: number): ExprId {
    if (lastId >= maxNodes) {
      throw new SyntaxFault(`Cannot expand macros: more than ${maxNodes} nodes`, offset)
    }
    lastId++
    offsets.set(lastId, offset)
    return lastId
  }
  const nodes: Nodes = {
    add: (offset, shape) => ({ ...shape, id: newId(offset) }),
    addEntry: (offset, shape) => ({ ...shape, id: newId(offset) }),
    addField: (offset, shape) => ({ ...shape, id: newId(offset) }),
    copy: (expr) => nodes.add(offsets.get(expr.id) ?? 0, copyShape(expr, nodes)),
    offsets,
    lastId: () => lastId,
  }
  return nodes
}

function copyShape(expr: Expr, nodes: Nodes): NodeShape {
  const { copy, offsets } = nodes
  const place = (id: ExprId): number => offsets.get(id) ?? 0
  switch (expr.kind) {
    case 'constant':
    case 'identifier':
      return expr
    case 'select':
      return { ...expr, operand: copy(expr.operand) }
    case 'call':
      return { ...expr, target: expr.target && copy(expr.target), args: expr.args.map(copy) }
    case 'list':
      return { ...expr, elements: expr.elements.map(copy) }
    case 'map':
      return {
        ...expr,
        entries: expr.entries.map((entry) =>
          nodes.addEntry(place(entry.id), {
            ...entry,
            key: copy(entry.key),
            value: copy(entry.value),
          }),
        ),
      }
    case 'struct':
      return {
        ...expr,
        fields: expr.fields.map((field) =>
          nodes.addField(place(field.id), { ...field, value: copy(field.value) }),
        ),
      }
    case 'comprehension':
      return copyComprehension(expr, copy)
  }
}

function copyComprehension(expr: ComprehensionExpr, copy: (part: Expr) => Expr): NodeShape {
  return {
    ...expr,
    range: copy(expr.range),
    initial: copy(expr.initial),
    condition: copy(expr.condition),
    step: copy(expr.step),
    result: copy(expr.result),
  }
}
