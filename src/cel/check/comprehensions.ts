import type { ComprehensionExpr } from '../expr.ts'
import { boolType, type CelType, dynType, intType } from '../type.ts'
import type { CheckContext, Typed } from './context.ts'
import { formatType } from './type-relations.ts'

/** What a macro became: the accumulator is seen everywhere but in the range, the variables in the loop. */
export function checkComprehension(expr: ComprehensionExpr, context: CheckContext): Typed {
  const { check, substitutions, within } = context
  const range = check(expr.range)
  const initial = check(expr.initial)
  const [first, second] = variableTypes(context, {
    range: { ...range, type: substitutions.resolve(range.type) },
    hasSecond: expr.secondVariable !== undefined,
  })
  const variables = new Map([[expr.variable, first]])
  if (expr.secondVariable !== undefined) variables.set(expr.secondVariable, second)

  return within(new Map([[expr.accumulator, initial.type]]), () => {
    const { condition, step } = within(variables, () => {
      const checkedCondition = check(expr.condition)
      expectType(context, checkedCondition, boolType)
      const checkedStep = check(expr.step)
      expectType(context, checkedStep, initial.type)
      return { condition: checkedCondition, step: checkedStep }
    })
    const result = check(expr.result)
    return {
      expr: {
        ...expr,
        range: range.expr,
        initial: initial.expr,
        condition: condition.expr,
        step: step.expr,
        result: result.expr,
      },
      type: substitutions.resolve(result.type),
    }
  })
}

/** One variable sees elements or keys; two see index and element, or key and value. */
function variableTypes(
  { substitutions, refuse }: CheckContext,
  { range, hasSecond }: { range: Typed; hasSecond: boolean },
): readonly [CelType, CelType] {
  const { type } = range
  if (type.kind === 'list') return hasSecond ? [intType, type.element] : [type.element, dynType]
  if (type.kind === 'map') return [type.key, type.value]
  if (type.kind === 'dyn' || type.kind === 'error' || type.kind === 'parameter') {
    substitutions.isAssignable([dynType], [type])
    return [dynType, dynType]
  }
  // Of `any` cel-go says no more here, though everywhere else it fits like `dyn`.
  const remedy = type.kind === 'any' ? 'write dyn(…) around it' : 'it must be a list or map'
  const fault = refuse(range.expr.id, `Cannot run a macro over ${formatType(type)}: ${remedy}`)
  return [fault, fault]
}

function expectType(
  { substitutions, refuse }: CheckContext,
  { expr, type }: Typed,
  expected: CelType,
): void {
  if (substitutions.isAssignable([expected], [type])) return
  refuse(expr.id, `Cannot use ${formatType(type)} here: the type must be ${formatType(expected)}`)
}
