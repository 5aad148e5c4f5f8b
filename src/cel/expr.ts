/**
 * `cel/` is the Common Expression Language as Kubernetes has it. It knows nothing of Attaché and could
 * be published by itself: see its README. Here is the tree that the parser makes, the checker
 * annotates and the evaluator runs; macros are already expanded in it.
 */

/** Identifies a node within one tree; positions, types and overloads are kept beside the tree by it. */
export type ExprId = number

/** A literal's value; see `value.ts` for how each type is held. */
export type Constant =
  | { readonly type: 'null_type'; readonly value: null }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'uint'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }

export interface ConstantExpr {
  readonly kind: 'constant'
  readonly id: ExprId
  readonly constant: Constant
}

/** A name; one that starts with `.` is looked up in the root scope only. */
export interface IdentifierExpr {
  readonly kind: 'identifier'
  readonly id: ExprId
  readonly name: string
}

/** `operand.field`, or with `isTest` the `has(operand.field)` that macros make of it. */
export interface SelectExpr {
  readonly kind: 'select'
  readonly id: ExprId
  readonly operand: Expr
  readonly field: string
  readonly isTest: boolean
}

/**
 * A function, a method (`target` is there), or an operator under cel-spec's name for it: `_+_`, `_&&_`,
 * `_?_:_`, `_[_]`, `@in`, `!_`, `-_`, and with optional types `_?._` and `_[?_]`.
 */
export interface CallExpr {
  readonly kind: 'call'
  readonly id: ExprId
  readonly function: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface ListExpr {
  readonly kind: 'list'
  readonly id: ExprId
  readonly elements: readonly Expr[]
  /** Indices of elements written `?x`. */
  readonly optionalIndices: readonly number[]
}

export interface MapEntry {
  readonly id: ExprId
  readonly key: Expr
  readonly value: Expr
  /** Written `?key: value`. */
  readonly isOptional: boolean
}

export interface MapExpr {
  readonly kind: 'map'
  readonly id: ExprId
  readonly entries: readonly MapEntry[]
}

export interface StructField {
  readonly id: ExprId
  readonly name: string
  readonly value: Expr
  readonly isOptional: boolean
}

/** `google.protobuf.BoolValue{value: true}` and the like. */
export interface StructExpr {
  readonly kind: 'struct'
  readonly id: ExprId
  readonly typeName: string
  readonly fields: readonly StructField[]
}

/** What every macro over a list or map becomes; two variables see index or key, and value. */
export interface ComprehensionExpr {
  readonly kind: 'comprehension'
  readonly id: ExprId
  readonly range: Expr
  readonly variable: string
  readonly secondVariable: string | undefined
  readonly accumulator: string
  readonly initial: Expr
  readonly condition: Expr
  readonly step: Expr
  readonly result: Expr
}

export type Expr =
  | ConstantExpr
  | IdentifierExpr
  | SelectExpr
  | CallExpr
  | ListExpr
  | MapExpr
  | StructExpr
  | ComprehensionExpr

/** A parsed expression: its tree, and where in the source (in UTF-16 units) each node stands. */
export interface ParsedExpr {
  readonly source: string
  readonly root: Expr
  readonly offsets: ReadonlyMap<ExprId, number>
  /** The largest id in use, so that whoever adds a node can go on from there. */
  readonly lastId: ExprId
}

/** Why a source is no program. Lines and columns count from 1, columns in code points. */
export interface CelFault {
  readonly message: string
  readonly line: number
  readonly column: number
}
