import { check } from './check/check.ts'
import { validate } from './check/validate.ts'
import type { CheckedExpr } from './checked.ts'
import { declare } from './declare.ts'
import type { CelFault } from './expr.ts'
import type { Library } from './library.ts'
import { evaluator, type Measure } from './run/evaluate.ts'
import { planProgram } from './run/planner.ts'
import { createRegex } from './run/regex.ts'
import { parse } from './syntax/parse.ts'
import { faultAt } from './syntax/position.ts'
import type { CelType, ObjectType } from './type.ts'
import type { CelError, CelValue } from './value.ts'

/** What expressions may use besides CEL's own functions. */
export interface EnvironmentOptions {
  readonly libraries?: readonly Library[]
  /** Given anew for each evaluation. */
  readonly variables: Readonly<Record<string, CelType>>
  /** Messages that variables are or contain. */
  readonly objects?: readonly ObjectType[]
  /** In units of cel-go's runtime cost; what costs more is an error. Default 1,000,000, as in Kubernetes. */
  readonly costLimit?: number
}

/** An expression that is free of type errors, ready to run. */
export interface Program {
  readonly kind: 'program'
  readonly source: string
  /** The static type of the result. */
  readonly type: CelType
  readonly checked: CheckedExpr
  /** Never throws for what the expression or the variables are. */
  readonly evaluate: (variables: Variables) => CelValue | CelError
  /** The same, with what it cost. */
  readonly measure: Measure
}

/** The values of an environment's variables, by name. */
export type Variables = Readonly<Record<string, CelValue>>

/** Everything that was found to be wrong with an expression. */
export interface Refusal {
  readonly kind: 'faults'
  readonly faults: readonly CelFault[]
}

/** Compiles expressions that share functions, types and variables. */
export interface Environment {
  readonly compile: (source: string) => Program | Refusal
}

const defaultCostLimit = 1_000_000

/**
 * An environment with CEL's own functions and those given. Two that define one overload differently are a
 * TypeError.
 */
export function createEnvironment(options: EnvironmentOptions): Environment {
  const declarations = declare(options)
  const context = { regex: createRegex() }
  const { costLimit = defaultCostLimit } = options

  function compile(source: string): Program | Refusal {
    const parsed = parse(source)
    if (!('root' in parsed)) return { kind: 'faults', faults: parsed }
    const checked = check(parsed, declarations)
    if (!('root' in checked)) return { kind: 'faults', faults: checked }
    const invalid = validate(checked, { declarations, context })
    if (invalid.length > 0) return { kind: 'faults', faults: invalid }
    const planned = planProgram(checked, { declarations, context })
    if (planned.kind === 'faults') return refusal(checked, planned.faults)
    const measure = evaluator(planned.evaluate, { context, costLimit })
    const evaluate = (variables: Variables) => measure(variables).result
    return { kind: 'program', source, type: checked.type, checked, evaluate, measure }
  }

  return {
    compile: (source) => {
      try {
        return compile(source)
      } catch (error) {
        // Go's stacks grow where JavaScript's end.
        if (!(error instanceof RangeError)) throw error
        const message = `Cannot compile: the expression is nested too deep (${error.message})`
        return { kind: 'faults', faults: [faultAt(source, 0, message)] }
      }
    },
  }
}

function refusal(
  { source, root, offsets }: CheckedExpr,
  faults: readonly { readonly id?: number; readonly message: string }[],
): Refusal {
  return {
    kind: 'faults',
    faults: faults.map(({ id = root.id, message }) =>
      faultAt(source, offsets.get(id) ?? 0, message),
    ),
  }
}
