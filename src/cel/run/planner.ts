import type { CheckedExpr, Declarations } from '../checked.ts'
import type { Constant, Expr, IdentifierExpr, SelectExpr } from '../expr.ts'
import type { CallContext } from '../library.ts'
import type { CelType } from '../type.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { attributeOf, attributePlan, qualified } from './attribute.ts'
import type { Frame, Step } from './frame.ts'
import {
  constantPlan,
  failingPlan,
  type Local,
  type Locals,
  type Plan,
  type PlanFault,
  type Planning,
} from './plan.ts'
import { planList, planMap } from './plan-aggregate.ts'
import { constantFrame } from './plan-call.ts'
import { planComprehension } from './plan-comprehension.ts'
import { planFunction } from './plan-function.ts'
import { planStruct } from './plan-struct.ts'
import { erasedName } from './runtime-type.ts'

/** A program that can run, or why its constants make it none. */
export type Planned =
  | { readonly kind: 'planned'; readonly evaluate: Step }
  | { readonly kind: 'faults'; readonly faults: readonly PlanFault[] }

/**
 * Turns a checked tree into functions, once, so that an evaluation does no more than run them. Constants
 * are folded as far as cel-go's `OptOptimize` does: what fails there is refused.
 */
export function planProgram(
  checked: CheckedExpr,
  { declarations, context }: { declarations: Declarations; context: CallContext },
): Planned {
  let slots = 0
  const faults: PlanFault[] = []
  const planning: Planning = {
    checked,
    declarations,
    context,
    constantFrame: constantFrame(context),
    refuse: (id, message) => {
      faults.push({ id, message })
      return failingPlan(celError(message))
    },
    newSlot: () => slots++,
    plan: (expr, locals) => planNode(planning, expr, locals),
  }
  const { evaluate } = planning.plan(checked.root, [])
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'planned', evaluate }
}

function planNode(planning: Planning, expr: Expr, locals: Locals): Plan {
  switch (expr.kind) {
    case 'constant':
      return constantPlan(constantValue(expr.constant))
    case 'identifier':
      return planIdentifier(planning, expr, locals)
    case 'select':
      return planSelect(planning, expr, locals)
    case 'call':
      return planFunction(planning, expr, locals)
    case 'list':
      return planList(planning, expr, locals)
    case 'map':
      return planMap(planning, expr, locals)
    case 'struct':
      return planStruct(planning, expr, locals)
    case 'comprehension':
      return planComprehension(planning, expr, locals)
  }
}

function constantValue(constant: Constant): CelValue {
  return constant.type === 'uint' ? { kind: 'uint', value: constant.value } : constant.value
}

function planIdentifier(planning: Planning, { id, name }: IdentifierExpr, locals: Locals): Plan {
  // cel-go looks for what is a type only among the declared ones, whatever a macro's variable is called.
  const isType = planning.checked.types.get(id)?.kind === 'type'
  const local = isType ? undefined : locals.findLast((candidate) => candidate.name === name)
  if (local !== undefined) return variablePlan(localStep(local))
  const { variables, constants } = planning.declarations
  if (variables.has(name)) return variablePlan(globalStep(name))
  const constant = constants.get(name)
  if (constant === undefined || !isRegistered(name, constant.type)) {
    return planning.refuse(id, `reference to undefined type: ${name}`)
  }
  return constantPlan(constant.value)
}

/** cel-go takes `google.protobuf.BoolValue` and the like for types when it checks, but has no value of them. */
function isRegistered(name: string, type: CelType): boolean {
  if (type.kind !== 'type' || type.of === undefined) return true
  return type.of.kind !== 'any' && erasedName(type.of) === name
}

function variablePlan(root: Step): Plan {
  return attributePlan({ kind: 'value', root, qualifiers: [] })
}

function localStep({ name, slot, initial }: Local): Step {
  const unset = celError(`no such attribute(s): ${name}`)
  const start = initial ?? (() => unset)
  return (frame) => {
    const value = frame.slots[slot]
    if (value !== undefined) return value
    const first = start(frame)
    frame.slots[slot] = first
    return first
  }
}

function globalStep(name: string): Step {
  const unset: CelError = celError(`no such attribute(s): ${name}`)
  return (frame: Frame) => {
    const value = frame.variables[name]
    return value === undefined ? unset : value
  }
}

function planSelect(planning: Planning, expr: SelectExpr, locals: Locals): Plan {
  const operand = attributeOf(planning.plan(expr.operand, locals))
  const qualifier = { key: expr.field, isOptional: false, isTest: expr.isTest }
  return attributePlan(qualified(operand, qualifier))
}
