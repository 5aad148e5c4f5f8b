import type { CheckedExpr, Declarations } from '../checked.ts'
import type { Expr, ExprId } from '../expr.ts'
import type { CallContext } from '../library.ts'
import type { CelError, CelValue } from '../value.ts'
import type { Attribute } from './attribute.ts'
import type { Frame, Step } from './frame.ts'

/** One node, ready to run. */
export interface Plan {
  /** Evaluates it and counts its cost. */
  readonly evaluate: Step
  /** Its value, if it is known before any evaluation. */
  readonly constant?: { readonly value: CelValue }
  /** A variable or a value with fields and indices after it; more can be added. */
  readonly attribute?: Attribute
}

/** A variable of a comprehension, while the expressions that see it are planned. */
export interface Local {
  readonly name: string
  /** Where its value stands in the frame. */
  readonly slot: number
  /** Of an accumulator: what it starts with. It is evaluated when the accumulator is first read. */
  readonly initial?: Step
  /** An accumulator that nobody else can see, so that it may grow in place. */
  readonly isBuilder?: boolean
}

/** What is wrong with the node of this id. */
export interface PlanFault {
  readonly id: ExprId
  readonly message: string
}

/** What planning works with. */
export interface Planning {
  readonly checked: CheckedExpr
  readonly declarations: Declarations
  readonly context: CallContext
  /** Where constants are evaluated. */
  readonly constantFrame: Frame
  /** Notes why the expression is no program. */
  readonly refuse: (id: ExprId, message: string) => Plan
  /** Gives out places in the frame. */
  readonly newSlot: () => number
  readonly plan: (expr: Expr, locals: Locals) => Plan
}

/** The innermost last. */
export type Locals = readonly Local[]

/** A node whose value is known; it costs nothing. */
export function constantPlan(value: CelValue): Plan {
  return { evaluate: () => value, constant: { value } }
}

/** A node that always fails. */
export function failingPlan(error: CelError): Plan {
  return { evaluate: () => error }
}
