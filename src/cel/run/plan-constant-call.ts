import type { CallExpr } from '../expr.ts'
import type { RunContext } from '../library.ts'
import { type CelError, type CelValue, celError, isCelError } from '../value.ts'
import { planMembership } from './membership.ts'
import { nativeText } from './native-text.ts'
import { constantPlan, type Plan, type Planning } from './plan.ts'
import { type Call, callOnConstant, matchers, planCall } from './plan-call.ts'

const conversions: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
])

/** What is done once for constant arguments; undefined if there is nothing to gain. */
export function foldCall(
  planning: Planning,
  { id }: CallExpr,
  { call, args }: { call: Call; args: readonly Plan[] },
): Plan | undefined {
  const [first, second] = args
  if (first === undefined) return undefined
  if (conversions.has(call.name) && args.length === 1 && first.constant !== undefined) {
    const result = callOnConstant(call, { ...first.constant, context: planning.context })
    return isCelError(result) ? planning.refuse(id, result.message) : constantPlan(result)
  }
  if (second?.constant === undefined) return undefined
  const { value } = second.constant
  if (matchers.has(call.name)) return foldPattern(planning, id, { call, args, pattern: value })
  const isMembership = call.overloads.length === 1 && call.overloads[0]?.id === 'in_list'
  if (!isMembership || !Array.isArray(value)) return undefined
  return value.length === 0 ? constantPlan(false) : planMembership(first, value)
}

function foldPattern(
  planning: Planning,
  id: CallExpr['id'],
  { call, args, pattern }: { call: Call; args: readonly Plan[]; pattern: CelValue },
): Plan | undefined {
  if (typeof pattern !== 'string') return undefined
  const { regex } = planning.context
  const compiled = regex(pattern)
  if ('kind' in compiled) return planning.refuse(id, compiled.message)
  const fixed: RunContext['regex'] = (other, meter) =>
    other === pattern ? compiled : regex(other, meter)
  const overloads = call.overloads.map((overload) => ({
    ...overload,
    // cel-go replaces the call by one that takes whatever Go holds as a text.
    isUnguarded: true as const,
    call: ([text, ...rest]: readonly CelValue[], { meter }: RunContext) => {
      const read = nativeText(text)
      return read === undefined
        ? noSuchOverload
        : overload.call([read, ...rest], { regex: fixed, meter })
    },
  }))
  return planCall({ ...call, overloads, isInTurn: true }, args)
}

const noSuchOverload: CelError = celError('no such overload')
