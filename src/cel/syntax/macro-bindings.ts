import type { Expr } from '../expr.ts'
import type { Macro, MacroCall } from './macro-call.ts'
import { transformList } from './macro-transforms.ts'

/** `optional.optMap(x, value)`: `value` in an optional, or none. */
export const optMap: Macro = (call) =>
  bindOptional(call, (bound) => call.build.call('optional.of', bound))

/** `optional.optFlatMap(x, optional)`: as the second says, or none. */
export const optFlatMap: Macro = (call) => bindOptional(call, (bound) => bound)

/** What an optional holds gets a name: the target is evaluated a second time for that. */
function bindOptional(call: MacroCall, wrap: (bound: Expr) => Expr): Expr {
  const { target, arg, build, refuse } = call
  const variable = arg(0)
  if (variable.kind !== 'identifier') {
    return refuse(variable, 'Cannot expand macro: its variable must be a plain name')
  }
  const bound = bind(call, {
    name: variable.name,
    value: build.method('value', build.copy(target)),
    result: arg(1),
  })
  return build.call(
    '_?_:_',
    build.method('hasValue', target),
    wrap(bound),
    build.call('optional.none'),
  )
}

const sortByInput = '@__sortBy_input__'
const sortable = new Set<Expr['kind']>(['list', 'select', 'identifier', 'comprehension', 'call'])

/** `list.sortBy(x, key)`: the keys are made by `map` and the list is sorted along with them. */
export const sortBy: Macro = (call) => {
  const { target, build, refuse } = call
  if (!sortable.has(target.kind)) {
    return refuse(target, 'Cannot expand macro: sortBy() needs a list before the dot')
  }
  const keys = transformList(1)({ ...call, target: build.identifier(sortByInput) })
  return bind(call, {
    name: sortByInput,
    value: target,
    result: build.method('@sortByAssociatedKeys', build.identifier(sortByInput), keys),
  })
}

/** A loop over nothing, whose accumulator is the bound name. */
function bind(
  { build }: MacroCall,
  { name, value, result }: { name: string; value: Expr; result: Expr },
): Expr {
  return build.comprehension({
    range: build.list(),
    variable: '#unused',
    secondVariable: undefined,
    accumulator: name,
    initial: value,
    condition: build.constant({ type: 'bool', value: false }),
    step: build.identifier(name),
    result,
  })
}
