import type { ComprehensionExpr, Constant, Expr } from '../expr.ts'
import type { NodeShape } from './nodes.ts'
import type { ParserState } from './parser-state.ts'

/** Collects what a comprehension makes; no source can spell it, so no variable can hide it. */
export const accumulator = '@result'

/** What a macro sees of the call that it replaces, and what it builds with. */
export interface MacroCall {
  readonly target: Expr
  readonly args: readonly Expr[]
  readonly arg: (index: number) => Expr
  /** Notes a fault at a node of the call. */
  readonly refuse: (at: Expr, message: string) => Expr
  readonly build: Builder
}

/** Makes nodes that all stand at the place of the macro. */
export interface Builder {
  readonly constant: (constant: Constant) => Expr
  readonly identifier: (name: string) => Expr
  readonly accumulator: () => Expr
  readonly call: (name: string, ...args: readonly Expr[]) => Expr
  readonly method: (name: string, target: Expr, ...args: readonly Expr[]) => Expr
  readonly list: (...elements: readonly Expr[]) => Expr
  readonly emptyMap: () => Expr
  readonly presenceTest: (operand: Expr, field: string) => Expr
  readonly comprehension: (parts: Omit<ComprehensionExpr, 'id' | 'kind'>) => Expr
  readonly copy: (expr: Expr) => Expr
}

/** Rewrites a call. */
export type Macro = (call: MacroCall) => Expr

/** The call of a macro at an offset in the source. */
export function createMacroCall(
  state: ParserState,
  { offset, target, args }: { offset: number; target: Expr | undefined; args: readonly Expr[] },
): MacroCall {
  const build = createBuilder(state, offset)
  return {
    // A macro without a target does not look at it.
    target: target ?? build.list(),
    args,
    arg(index) {
      const arg = args[index]
      if (arg === undefined) throw new RangeError(`Cannot expand macro: no argument ${index}`)
      return arg
    },
    refuse: (at, message) => state.refuse(state.offsetOf(at.id), message),
    build,
  }
}

function createBuilder({ nodes }: ParserState, offset: number): Builder {
  const add = (shape: NodeShape): Expr => nodes.add(offset, shape)
  const identifier = (name: string): Expr => add({ kind: 'identifier', name })
  return {
    identifier,
    constant: (constant) => add({ kind: 'constant', constant }),
    accumulator: () => identifier(accumulator),
    call: (name, ...args) => add({ kind: 'call', function: name, target: undefined, args }),
    method: (name, target, ...args) => add({ kind: 'call', function: name, target, args }),
    list: (...elements) => add({ kind: 'list', elements, optionalIndices: [] }),
    emptyMap: () => add({ kind: 'map', entries: [] }),
    presenceTest: (operand, field) => add({ kind: 'select', operand, field, isTest: true }),
    comprehension: (parts) => add({ kind: 'comprehension', ...parts }),
    copy: nodes.copy,
  }
}

/**
 * The names of the variables that the first arguments of a macro declare, or undefined after a fault
 * was noted.
 */
export function variablesOf(
  { arg, refuse }: MacroCall,
  count: 1 | 2,
): { readonly variable: string; readonly secondVariable: string | undefined } | undefined {
  const names: string[] = []
  for (let index = 0; index < count; index++) {
    const declaration = arg(index)
    if (declaration.kind !== 'identifier') {
      refuse(declaration, 'Cannot expand macro: its variable must be a plain name')
      return undefined
    }
    const { name } = declaration
    // The accumulator's old name is refused still, though it would do no harm.
    if (name === '__result__' || names.includes(name)) {
      refuse(declaration, `Cannot expand macro: its variable ${JSON.stringify(name)} is in use`)
      return undefined
    }
    names.push(name)
  }
  return { variable: names[0] ?? '', secondVariable: names[1] }
}
