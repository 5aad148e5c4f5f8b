import type { CheckedExpr } from '../checked.ts'
import type { CallExpr, Constant, Expr } from '../expr.ts'
import type { CallContext } from '../library.ts'
import { unlimitedMeter } from '../run/work.ts'
import { childrenOf } from '../syntax/children.ts'
import { type CelValue, isCelError } from '../value.ts'
import type { NoteFault } from './validate.ts'

/**
 * Literal arguments of `duration()`, `timestamp()` and `matches()` can be read. It is always the first
 * argument, in `matches(text, pattern)` the text: so has cel-go's validator it.
 */
export function validateLiteralArguments(
  checked: CheckedExpr,
  { context, note }: { context: CallContext; note: NoteFault },
): void {
  visit(checked.root)

  function visit(expr: Expr): void {
    if (expr.kind === 'call') validateCall(expr)
    for (const child of childrenOf(expr)) visit(child)
  }

  function validateCall(call: CallExpr): void {
    const [arg] = call.args
    if (arg?.kind !== 'constant') return
    const refusal = refusalOf(call, arg.constant)
    if (refusal !== undefined) note(arg.id, refusal)
  }

  function refusalOf(call: CallExpr, constant: Constant): string | undefined {
    switch (call.function) {
      case 'duration':
      case 'timestamp':
        return call.target === undefined ? conversionFault(call, constant) : undefined
      case 'matches':
        return constant.type === 'string' ? patternFault(constant.value) : undefined
      default:
        return undefined
    }
  }

  function patternFault(pattern: string): string | undefined {
    const compiled = context.regex(pattern)
    return 'kind' in compiled ? compiled.message : undefined
  }

  function conversionFault(call: CallExpr, constant: Constant): string | undefined {
    for (const { call: convert } of checked.overloads.get(call.id) ?? []) {
      const value = convert([constantValue(constant)], { ...context, meter: unlimitedMeter() })
      if (isCelError(value)) return value.message
    }
    return undefined
  }
}

function constantValue({ type, value }: Constant): CelValue {
  return type === 'uint' ? { kind: 'uint', value } : value
}
