import type { CelFault, ExprId, ParsedExpr } from './expr.ts'
import type { FunctionDeclaration, Overload } from './library.ts'
import type { CelType, ObjectType } from './type.ts'
import type { CelValue } from './value.ts'

/** Everything that an expression may name, from all libraries and the variables. */
export interface Declarations {
  readonly functions: ReadonlyMap<string, FunctionDeclaration>
  /** Given anew for each evaluation. */
  readonly variables: ReadonlyMap<string, CelType>
  readonly constants: ReadonlyMap<string, { readonly type: CelType; readonly value: CelValue }>
  readonly objects: ReadonlyMap<string, ObjectType>
}

/**
 * A tree that is free of type errors. Names are resolved: a qualified name (`net.IP`) is one identifier
 * and a function of a namespace (`sets.contains`) a call without target.
 */
export interface CheckedExpr extends ParsedExpr {
  readonly type: CelType
  readonly types: ReadonlyMap<ExprId, CelType>
  /** For each call those that may apply; which one does, the values decide. */
  readonly overloads: ReadonlyMap<ExprId, readonly Overload[]>
}

/** Checks types as cel-go does; the faults are all that were found. */
export type Check = (
  parsed: ParsedExpr,
  declarations: Declarations,
) => CheckedExpr | readonly CelFault[]
