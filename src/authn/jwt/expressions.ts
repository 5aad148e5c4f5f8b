import { nativeText } from '../../cel/run/native-text.ts'
import { type CelError, type CelValue, isCelError, isNativeStrings } from '../../cel/value.ts'
import type { Expression, ValidationRule } from '../../config/types.ts'
import type { Trace } from '../../trace.ts'
import { ClaimFault } from './claim-fault.ts'

/** What an expression sees: `claims` or `user`. */
export type Variables = Readonly<Record<string, CelValue>>

/** Where an expression stands and what it sees, for one evaluation. */
export interface Evaluation {
  /** `claimMappings.username`, for the log. */
  readonly name: string
  readonly variables: Variables
}

/** The string that an expression gives; a {@link ClaimFault} for any other result. */
export function evaluateString(expression: Expression, evaluation: Evaluation): string {
  const value = evaluate(expression, evaluation)
  if (typeof value === 'string') return value
  throw new ClaimFault(`${evaluation.name} gives no string`)
}

/**
 * The strings that an expression gives: one, a list, or none for null; empty ones count as absent. As in
 * kube-apiserver the very list that `split()` or `findAll()` makes is refused.
 */
export function evaluateStrings(expression: Expression, evaluation: Evaluation): readonly string[] {
  const value = evaluate(expression, evaluation)
  const fault = new ClaimFault(`${evaluation.name} gives neither a string nor a list of strings`)
  if (value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (!isList(value) || isNativeStrings(value)) throw fault
  return value.flatMap((element) => {
    // kube-apiserver asks each element for what Go makes of it, not for its type.
    const text = nativeText(element)
    if (text === undefined) throw fault
    return text === '' ? [] : [text]
  })
}

/** A rule, and where it stands: `userValidationRules[0]`. */
export interface NamedRule {
  readonly name: string
  readonly rule: ValidationRule
}

/** Evaluates every rule before it looks at a result, as kube-apiserver does; all must be true. */
export function checkRules(
  rules: readonly NamedRule[],
  { variables, trace }: { readonly variables: Variables; readonly trace: Trace | undefined },
): void {
  const results = rules.map(({ name, rule }) => evaluate(rule.expression, { name, variables }))
  for (const [index, { name, rule }] of rules.entries()) {
    const result = results[index]
    if (result !== true) {
      const why = result === false ? 'is false' : 'gives no boolean'
      trace?.(name, `${rule.expression.source} ${why}`)
      throw new ClaimFault(`${name} ${why}${rule.message === '' ? '' : `: ${rule.message}`}`)
    }
    trace?.(name, `${rule.expression.source} is true`)
  }
}

function evaluate(expression: Expression, { name, variables }: Evaluation): CelValue {
  const result: CelValue | CelError = expression.evaluate(variables)
  if (isCelError(result)) throw new ClaimFault(`${name} fails: ${result.message}`)
  return result
}

function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value)
}
