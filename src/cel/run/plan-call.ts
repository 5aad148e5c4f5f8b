import type { CallContext, Cost, Overload } from '../library.ts'
import { type CelError, type CelValue, celError, isCelError } from '../value.ts'
import { boundSize, charge, type Frame } from './frame.ts'
import { type Apply, evaluateOperands, type Fail } from './operands.ts'
import type { Plan } from './plan.ts'
import { type Fit, fitFor, typeNameOf } from './runtime-type.ts'
import { textWork } from './weight.ts'
import { chargeWork, unlimitedMeter } from './work.ts'

/** A call as the checker left it. */
export interface Call {
  readonly name: string
  /** Those that may apply: the first that fits the values does. */
  readonly overloads: readonly Overload[]
  /** Whether an operand is evaluated only if none before it is an error; otherwise both of two are. */
  readonly isInTurn?: boolean
}

/** A call of a function; the target of a method is the first argument. */
export function planCall(call: Call, args: readonly Plan[]): Plan {
  const steps = args.map((arg) => arg.evaluate)
  const apply = applier(call)
  const fail = failer(call)
  // As cel-go, which looks at errors only after both operands where it knows what it calls.
  const isResolved = call.overloads.length === 1 || isOneFunction(call)
  const isInTurn = call.isInTurn ?? (steps.length > 2 || !isResolved)
  return { evaluate: evaluateOperands(steps, { apply, fail, isInTurn }) }
}

/** Runs a function on a value that is known while planning. */
export function callOnConstant(
  call: Call,
  { value, context }: { value: CelValue; context: CallContext },
): CelValue | CelError {
  return applier(call)(constantFrame(context), [value])
}

/** A frame for what needs no variables. */
export function constantFrame(context: CallContext): Frame {
  const meter = unlimitedMeter()
  return {
    variables: {},
    slots: [],
    context: { regex: context.regex, meter },
    meter,
    cost: 0,
    costLimit: Number.POSITIVE_INFINITY,
  }
}

function failer({ overloads }: Call): Fail {
  const cost = overloads.length === 1 ? overloads[0]?.cost : undefined
  const failed = celError('no such overload')
  return (frame, operands) => {
    // An error is of size 1, like null.
    const values = operands.map((operand) => (isCelError(operand) ? null : operand))
    charge(frame, cost === undefined ? 1 : cost(values, failed, frame.meter))
  }
}

function applier({ name, overloads }: Call): Apply {
  const [first] = overloads
  if (first === undefined) return () => celError(`no such overload: ${name}`)
  if (isOneFunction({ name, overloads })) {
    const run = runner(first, { name, overloads })
    return (frame, values) => run(frame, values)
  }
  const guarded = overloads.map((overload) => ({
    fits: overload.parameters.map(fitFor),
    run: runner(overload, { name, overloads }),
  }))
  const isResolved = guarded.length === 1
  return (frame, values) => {
    for (const { fits, run } of guarded) {
      if (allFit(fits, values)) return run(frame, values)
    }
    const types = values.map(typeNameOf).join(', ')
    const error = celError(`no such overload: ${name}(${types})`)
    const cost = isResolved ? first.cost : undefined
    charge(frame, cost === undefined ? 1 : cost(values, error, frame.meter))
    return error
  }
}

/** Whether one function stands for all overloads, which looks at the values itself. */
function isOneFunction({ overloads }: Call): boolean {
  return overloads[0]?.isUnguarded === true
}

function allFit(fits: readonly Fit[], values: readonly CelValue[]): boolean {
  if (fits.length !== values.length) return false
  for (let i = 0; i < fits.length; i++) {
    const fit = fits[i]
    const value = values[i]
    if (fit !== undefined && value !== undefined && !fit(value)) return false
  }
  return true
}

/** Runs an overload, which may stand for others, and counts what it costs. */
function runner(overload: Overload, { name, overloads }: Call): Apply {
  const isResolved = overloads.length === 1
  const cost = isResolved ? overload.cost : (overload.costUnresolved ?? overload.cost)
  return matchers.has(name) ? countingFirst(overload, cost) : countingAfter(overload, cost)
}

function countingAfter({ call, work = textWork }: Overload, cost: Cost | undefined): Apply {
  return (frame, values) => {
    chargeWork(frame.meter, work(values))
    const result = call(values, frame.context)
    charge(frame, cost === undefined ? 1 : cost(values, result, frame.meter))
    boundSize(result)
    return result
  }
}

/** Functions whose second argument is a pattern. */
export const matchers: ReadonlySet<string> = new Set(['matches', 'find', 'findAll'])

/** What a match costs is known before, and one may take more time than all else together. */
function countingFirst({ call, work = textWork }: Overload, cost: Cost | undefined): Apply {
  return (frame, values) => {
    chargeWork(frame.meter, work(values))
    charge(frame, cost === undefined ? 1 : cost(values, null, frame.meter))
    return call(values, frame.context)
  }
}
