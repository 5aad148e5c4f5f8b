import type { StructExpr } from '../expr.ts'
import { makeMessage } from '../standard/messages.ts'
import { type CelError, type CelValue, isCelError } from '../value.ts'
import { charge, type Frame } from './frame.ts'
import type { Locals, Plan, Planning } from './plan.ts'
import { present } from './plan-aggregate.ts'

/** What cel-go counts for making a message. */
const structCost = 40

/** `google.protobuf.BoolValue{value: true}`: the messages that become values of CEL's own types. */
export function planStruct(planning: Planning, expr: StructExpr, locals: Locals): Plan {
  const fields = expr.fields.map(({ name, value, isOptional }) => ({
    name,
    isOptional,
    evaluate: planning.plan(value, locals).evaluate,
  }))
  const make = (frame: Frame): CelValue | CelError => {
    const values = new Map<string, CelValue>()
    for (const { name, isOptional, evaluate } of fields) {
      const value = isOptional ? present(evaluate(frame), 'entry') : evaluate(frame)
      if (value === undefined) values.delete(name)
      else if (isCelError(value)) return value
      else values.set(name, value)
    }
    return makeMessage(expr.typeName, values, frame.meter)
  }
  return {
    evaluate: (frame) => {
      const message = make(frame)
      charge(frame, structCost)
      return message
    },
  }
}
