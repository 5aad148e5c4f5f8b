import type { Declarations } from '../checked.ts'
import type { CelFault, Expr, ExprId, ParsedExpr } from '../expr.ts'
import type { Overload } from '../library.ts'
import { faultAt } from '../syntax/position.ts'
import type { CelType } from '../type.ts'
import { nestedScope, rootScope, type Scope } from './scope.ts'
import { createSubstitutions, type Substitutions } from './substitutions.ts'

/** A node with its names resolved, and its type. */
export interface Typed {
  readonly expr: Expr
  readonly type: CelType
}

/** What the rules for each kind of node share. */
export interface CheckContext {
  readonly declarations: Declarations
  readonly substitutions: Substitutions
  /** Checks any node; the rules come back to it for the parts of theirs. */
  readonly check: (expr: Expr) => Typed
  readonly scope: () => Scope
  /** Runs with more variables. */
  readonly within: <T>(variables: ReadonlyMap<string, CelType>, run: () => T) => T
  readonly noteOverloads: (id: ExprId, overloads: readonly Overload[]) => void
  /** Notes a fault; what cannot be typed has the type `error`, which fits everywhere. */
  readonly refuse: (id: ExprId, message: string) => CelType
  readonly types: Map<ExprId, CelType>
  readonly overloads: ReadonlyMap<ExprId, readonly Overload[]>
  readonly faults: readonly CelFault[]
}

/** Starts checking a tree, with the rule for any node. */
export function createContext(
  { source, offsets }: ParsedExpr,
  declarations: Declarations,
  checkNode: (expr: Expr, context: CheckContext) => Typed,
): CheckContext {
  const types = new Map<ExprId, CelType>()
  const overloads = new Map<ExprId, readonly Overload[]>()
  const faults: CelFault[] = []
  let scope = rootScope(declarations)
  const context: CheckContext = {
    declarations,
    substitutions: createSubstitutions(),
    types,
    overloads,
    faults,
    check(expr) {
      const typed = checkNode(expr, context)
      types.set(expr.id, typed.type)
      return typed
    },
    scope: () => scope,
    within(variables, run) {
      const outer = scope
      scope = nestedScope(outer, variables)
      try {
        return run()
      } finally {
        scope = outer
      }
    },
    noteOverloads: (id, found) => void overloads.set(id, found),
    refuse(id, message) {
      faults.push(faultAt(source, offsets.get(id) ?? 0, message))
      return { kind: 'error' }
    },
  }
  return context
}
