import type { Constant } from '../expr.ts'
import { accumulator, type Macro, type MacroCall, variablesOf } from './macro-call.ts'

const yes: Constant = { type: 'bool', value: true }
const no: Constant = { type: 'bool', value: false }
const zero: Constant = { type: 'int', value: 0n }
const one: Constant = { type: 'int', value: 1n }

/** `range.all(x, predicate)` with one or two variables: stops at the first false. */
export function all(variables: 1 | 2): Macro {
  return quantifier(variables, ({ build, arg }) => ({
    initial: build.constant(yes),
    condition: build.call('@not_strictly_false', build.accumulator()),
    step: build.call('_&&_', build.accumulator(), arg(variables)),
    result: build.accumulator(),
  }))
}

/** `range.exists(x, predicate)` with one or two variables: stops at the first true. */
export function exists(variables: 1 | 2): Macro {
  return quantifier(variables, ({ build, arg }) => ({
    initial: build.constant(no),
    condition: build.call('@not_strictly_false', build.call('!_', build.accumulator())),
    step: build.call('_||_', build.accumulator(), arg(variables)),
    result: build.accumulator(),
  }))
}

/** `range.exists_one(x, predicate)` with one or two variables: sees all, absorbs no error. */
export function existsOne(variables: 1 | 2): Macro {
  return quantifier(variables, ({ build, arg }) => ({
    initial: build.constant(zero),
    condition: build.constant(yes),
    step: build.call(
      '_?_:_',
      arg(variables),
      build.call('_+_', build.accumulator(), build.constant(one)),
      build.accumulator(),
    ),
    result: build.call('_==_', build.accumulator(), build.constant(one)),
  }))
}

type Loop = Pick<
  Parameters<MacroCall['build']['comprehension']>[0],
  'initial' | 'condition' | 'step' | 'result'
>

function quantifier(count: 1 | 2, loopOf: (call: MacroCall) => Loop): Macro {
  return (call) => {
    const variables = variablesOf(call, count)
    if (variables === undefined) return call.target
    const { target, build } = call
    return build.comprehension({
      range: target,
      ...variables,
      accumulator: accumulator,
      ...loopOf(call),
    })
  }
}
