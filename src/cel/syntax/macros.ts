import type { Expr } from '../expr.ts'
import { optFlatMap, optMap, sortBy } from './macro-bindings.ts'
import { createMacroCall, type Macro } from './macro-call.ts'
import { all, exists, existsOne } from './macro-quantifiers.ts'
import { filter, transformList, transformMap, transformMapEntry } from './macro-transforms.ts'
import type { ParserState } from './parser-state.ts'

/** `has(operand.field)` asks whether the field is there. */
const has: Macro = ({ arg, build, refuse }) => {
  const selection = arg(0)
  if (selection.kind === 'select') return build.presenceTest(selection.operand, selection.field)
  return refuse(selection, 'Cannot expand macro: has() needs a field, as in has(a.b)')
}

const functions: ReadonlyMap<string, Macro> = new Map([['has/1', has]])

/**
 * By name and number of arguments; with another number the name is that of a function. `existsOne` with
 * one variable is none of those that Kubernetes turns on.
 */
const methods: ReadonlyMap<string, Macro> = new Map([
  ['all/2', all(1)],
  ['all/3', all(2)],
  ['exists/2', exists(1)],
  ['exists/3', exists(2)],
  ['exists_one/2', existsOne(1)],
  ['exists_one/3', existsOne(2)],
  ['existsOne/3', existsOne(2)],
  ['filter/2', filter],
  ['map/2', transformList(1)],
  ['map/3', transformList(1)],
  ['transformList/3', transformList(2)],
  ['transformList/4', transformList(2)],
  ['transformMap/3', transformMap],
  ['transformMap/4', transformMap],
  ['transformMapEntry/3', transformMapEntry],
  ['transformMapEntry/4', transformMapEntry],
  ['optMap/2', optMap],
  ['optFlatMap/2', optFlatMap],
  ['sortBy/2', sortBy],
])

interface Call {
  readonly function: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
  /** Of the opening parenthesis. */
  readonly offset: number
}

/** What the call stands for if it is a macro's, else the call. */
export function expandMacro(state: ParserState, { offset, ...call }: Call): Expr {
  const key = `${call.function}/${call.args.length}`
  const macro = (call.target === undefined ? functions : methods).get(key)
  if (macro === undefined) return state.nodes.add(offset, { kind: 'call', ...call })
  return macro(createMacroCall(state, { offset, ...call }))
}
