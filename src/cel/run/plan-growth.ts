import { type CelError, type CelValue, celError } from '../value.ts'
import { charge, type Frame } from './frame.ts'
import { isList, isMap } from './kind.ts'
import { isMapBuilder, type MapBuilder } from './map.ts'
import { evaluateOperands } from './operands.ts'
import type { Plan } from './plan.ts'
import { chargeWork, type Meter } from './work.ts'

/** `accumulator + list` or `cel.@mapInsert(accumulator, …)`, in place. */
export function planGrowth(args: readonly Plan[]): Plan {
  const steps = args.map((arg) => arg.evaluate)
  const operation = {
    apply: grow,
    fail: (frame: Frame) => charge(frame, 1),
    isInTurn: args.length > 2,
  }
  return { evaluate: evaluateOperands(steps, operation) }
}

function grow(frame: Frame, [accumulator, ...added]: readonly CelValue[]): CelValue | CelError {
  charge(frame, 1)
  const [first, second] = added
  if (accumulator === undefined || first === undefined) return noSuchOverload()
  const { meter } = frame
  if (isListBuilder(accumulator)) return append(accumulator, first, meter)
  if (!isMapBuilder(accumulator)) return noSuchOverload()
  chargeWork(meter, perEntry)
  if (second !== undefined) return accumulator.insert(first, second) ?? accumulator
  return insertAll(accumulator, first, meter)
}

/** The planner gives only its own lists here. */
function isListBuilder(value: CelValue): value is CelValue[] {
  return isList(value)
}

/** What an element and an entry that are added take. */
const perElement = 20
const perEntry = 2000

function append(list: CelValue[], added: CelValue, meter: Meter): CelValue | CelError {
  if (!isList(added)) return noSuchOverload()
  chargeWork(meter, added.length * perElement)
  for (const element of added) list.push(element)
  return list
}

function insertAll(map: MapBuilder, added: CelValue, meter: Meter): CelValue | CelError {
  if (!isMap(added) || added.isLazy) return noSuchOverload()
  chargeWork(meter, added.size * perEntry)
  for (const [key, value] of added.entries()) {
    const error = map.insert(key, value)
    if (error !== undefined) return error
  }
  return map
}

function noSuchOverload(): CelError {
  return celError('no such overload')
}
