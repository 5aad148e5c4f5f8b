import type { ListExpr, MapExpr } from '../expr.ts'
import { type CelError, type CelValue, celError, isCelError } from '../value.ts'
import { charge, type Frame } from './frame.ts'
import { celMap, hashOf } from './map.ts'
import { constantPlan, type Locals, type Plan, type Planning } from './plan.ts'
import { typeNameOf } from './runtime-type.ts'
import { chargeWork } from './work.ts'

/** What cel-go counts for making a list and a map. */
const listCost = 10
const mapCost = 30
/** What an element and an entry really take; those that are constants cost nothing there. */
const perElement = 20
const perEntry = 300

/** `[a, ?b]`. One of constants is made once. */
export function planList(planning: Planning, expr: ListExpr, locals: Locals): Plan {
  const optional = new Set(expr.optionalIndices)
  const elements = expr.elements.map((element, i) => ({
    plan: planning.plan(element, locals),
    isOptional: optional.has(i),
  }))
  const make = (frame: Frame): CelValue | CelError => {
    const list: CelValue[] = []
    for (const { plan, isOptional } of elements) {
      const value = plan.evaluate(frame)
      const element = isOptional ? present(value, 'list element') : value
      if (element === undefined) continue
      if (isCelError(element)) return element
      list.push(element)
    }
    return list
  }
  if (elements.every(({ plan }) => plan.constant !== undefined)) {
    const list = make(planning.constantFrame)
    return isCelError(list) ? { evaluate: () => list } : constantPlan(list)
  }
  return {
    evaluate: (frame) => {
      chargeWork(frame.meter, elements.length * perElement)
      const list = make(frame)
      charge(frame, listCost)
      return list
    },
  }
}

/** `{k: v, ?k: v}`. One of constants is made once. */
export function planMap(planning: Planning, expr: MapExpr, locals: Locals): Plan {
  const entries = expr.entries.map(({ key, value, isOptional }) => ({
    key: planning.plan(key, locals),
    value: planning.plan(value, locals),
    isOptional,
  }))
  const make = (frame: Frame): CelValue | CelError => {
    let made: [CelValue, CelValue][] = []
    for (const { key: keyPlan, value: valuePlan, isOptional } of entries) {
      const key = keyPlan.evaluate(frame)
      if (isCelError(key)) return key
      const value = valuePlan.evaluate(frame)
      const entry = isOptional ? present(value, 'entry') : value
      if (entry === undefined) {
        made = made.filter(([other]) => hashOf(other) !== hashOf(key))
        continue
      }
      if (isCelError(entry)) return entry
      made.push([key, entry])
    }
    return celMap(made) ?? celError('Cannot use bytes as a key of a map')
  }
  if (
    entries.every(({ key, value }) => key.constant !== undefined && value.constant !== undefined)
  ) {
    const map = make(planning.constantFrame)
    return isCelError(map) ? planning.refuse(expr.id, map.message) : constantPlan(map)
  }
  return {
    evaluate: (frame) => {
      chargeWork(frame.meter, entries.length * perEntry)
      const map = make(frame)
      charge(frame, mapCost)
      return map
    },
  }
}

/** The value of an entry written with `?`: undefined if there is none. */
export function present(value: CelValue | CelError, what: string): CelValue | CelError | undefined {
  if (isCelError(value)) return value
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'optional') {
    return value.value
  }
  return celError(`cannot initialize optional ${what} from non-optional ${typeNameOf(value)}`)
}
