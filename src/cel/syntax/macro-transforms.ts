import type { Expr } from '../expr.ts'
import { accumulator, type Macro, type MacroCall, variablesOf } from './macro-call.ts'

/**
 * `range.map(x, transform)` and `range.map(x, predicate, transform)`, and with two variables
 * `transformList`.
 */
export function transformList(variables: 1 | 2): Macro {
  return transform(variables, (call, value) => ({
    initial: call.build.list(),
    step: call.build.call('_+_', call.build.accumulator(), call.build.list(value)),
  }))
}

/** `range.filter(x, predicate)`. */
export const filter: Macro = (call) => {
  const variables = variablesOf(call, 1)
  if (variables === undefined) return call.target
  const { build, arg } = call
  const extended = build.call('_+_', build.accumulator(), build.list(arg(0)))
  return collect(call, {
    ...variables,
    initial: build.list(),
    step: build.call('_?_:_', arg(1), extended, build.accumulator()),
  })
}

/** `range.transformMap(k, v, value)`: the keys stay. */
export const transformMap: Macro = transform(2, ({ build }, value, key) => ({
  initial: build.emptyMap(),
  step: build.call('cel.@mapInsert', build.accumulator(), build.identifier(key), value),
}))

/** `range.transformMapEntry(k, v, {key: value})`: a key that comes twice is an error. */
export const transformMapEntry: Macro = transform(2, ({ build }, entry) => ({
  initial: build.emptyMap(),
  step: build.call('cel.@mapInsert', build.accumulator(), entry),
}))

interface Collection {
  readonly initial: Expr
  readonly step: Expr
}

/** With one argument more than variables and a value, the first is a predicate. */
function transform(
  count: 1 | 2,
  collectionOf: (call: MacroCall, value: Expr, key: string) => Collection,
): Macro {
  return (call) => {
    const variables = variablesOf(call, count)
    if (variables === undefined) return call.target
    const { args, arg, build } = call
    const hasPredicate = args.length > count + 1
    const value = arg(hasPredicate ? count + 1 : count)
    const { initial, step } = collectionOf(call, value, variables.variable)
    return collect(call, {
      ...variables,
      initial,
      step: hasPredicate ? build.call('_?_:_', arg(count), step, build.accumulator()) : step,
    })
  }
}

interface Loop extends Collection {
  readonly variable: string
  readonly secondVariable: string | undefined
}

function collect({ build, target }: MacroCall, loop: Loop): Expr {
  return build.comprehension({
    range: target,
    ...loop,
    accumulator,
    condition: build.constant({ type: 'bool', value: true }),
    result: build.accumulator(),
  })
}
