import type { ComprehensionExpr, Expr } from '../expr.ts'
import { childrenOf } from '../syntax/children.ts'
import { type CelError, type CelValue, isCelError } from '../value.ts'
import { canGrowInPlace } from './builders.ts'
import type { Frame, Step } from './frame.ts'
import { itemsOf, pairsOf } from './iteration.ts'
import { mapBuilder } from './map.ts'
import type { Local, Locals, Plan, Planning } from './plan.ts'
import { chargeWork } from './work.ts'

/** Any macro over a list or map, with one or two variables. */
export function planComprehension(
  planning: Planning,
  expr: ComprehensionExpr,
  locals: Locals,
): Plan {
  const range = planning.plan(expr.range, locals).evaluate
  const accumulator = accumulatorOf(planning, expr, locals)
  const variables = [expr.variable, ...(expr.secondVariable ? [expr.secondVariable] : [])]
  const [first, second] = variables.map((name) => ({ name, slot: planning.newSlot() }))
  // Of one name the accumulator is found first, then the first variable, as cel-go has it.
  const inner = [...locals, ...(second ? [second] : []), ...(first ? [first] : []), accumulator]
  const condition = planning.plan(expr.condition, inner).evaluate
  const step = planning.plan(expr.step, inner).evaluate
  const result = planning.plan(expr.result, [...locals, accumulator]).evaluate
  const perTurn = perNode * (countNodes(expr.condition) + countNodes(expr.step))
  const turn = (frame: Frame): boolean => {
    chargeWork(frame.meter, perTurn)
    // An error does not stop the loop: something may absorb it yet.
    if (condition(frame) === false) return false
    frame.slots[accumulator.slot] = step(frame)
    return true
  }
  const fold = foldOver(turn, first?.slot ?? 0, second?.slot)
  return {
    evaluate: (frame) => {
      const over = range(frame)
      if (isCelError(over)) return over
      // It gets its initial value when it is first read, which `optMap` relies on.
      frame.slots[accumulator.slot] = undefined
      return fold(frame, over) ?? result(frame)
    },
  }
}

/** What a node takes to be evaluated; more than half of them cost nothing in cel-go. */
const perNode = 25

function countNodes(expr: Expr): number {
  return childrenOf(expr).reduce((count, child) => count + countNodes(child), 1)
}

function accumulatorOf(planning: Planning, expr: ComprehensionExpr, locals: Locals): Local {
  const isBuilder = canGrowInPlace(expr)
  return {
    name: expr.accumulator,
    slot: planning.newSlot(),
    isBuilder,
    initial: isBuilder ? emptyBuilder(expr.initial) : planning.plan(expr.initial, locals).evaluate,
  }
}

/** A new one for each evaluation. */
function emptyBuilder(initial: Expr): Step {
  return initial.kind === 'map' ? () => mapBuilder() : () => []
}

type Turn = (frame: Frame) => boolean
type Fold = (frame: Frame, over: CelValue) => CelError | undefined

function foldOver(turn: Turn, firstSlot: number, secondSlot: number | undefined): Fold {
  if (secondSlot !== undefined) return foldPairs(turn, firstSlot, secondSlot)
  return (frame, over) => {
    const items = itemsOf(over, frame.meter)
    if ('kind' in items) return items
    for (const item of items) {
      frame.slots[firstSlot] = item
      if (!turn(frame)) break
    }
    return undefined
  }
}

function foldPairs(turn: Turn, firstSlot: number, secondSlot: number): Fold {
  return (frame, over) => {
    const pairs = pairsOf(over, frame.meter)
    if ('kind' in pairs) return pairs
    for (const [first, second] of pairs) {
      frame.slots[firstSlot] = first
      frame.slots[secondSlot] = second
      if (!turn(frame)) break
    }
    return undefined
  }
}
