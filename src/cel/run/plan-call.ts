import type { CallContext, Overload } from '../library.ts'
import { type CelError, type CelValue, celError, isCelError } from '../value.ts'
import { boundSize, charge, type Frame, type Step } from './frame.ts'
import type { Plan } from './plan.ts'
import { type Fit, fitFor, typeNameOf } from './runtime-type.ts'

/** A call as the checker left it. */
export interface Call {
  readonly name: string
  /** Those that may apply: the first that fits the values does. */
  readonly overloads: readonly Overload[]
}

/** A call of a function; the target of a method is the first argument. */
export function planCall(call: Call, args: readonly Plan[]): Plan {
  const steps = args.map((arg) => arg.evaluate)
  const apply = applier(call)
  // As cel-go: a call that is resolved evaluates both of two arguments, and counts, before an error is seen.
  const isEager = steps.length <= 2 && (call.overloads.length === 1 || isOneFunction(call))
  return { evaluate: isEager ? evaluateAll(steps, apply) : evaluateInTurn(steps, apply) }
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
  const costLimit = Number.POSITIVE_INFINITY
  return { variables: {}, slots: [], context, cost: 0, iterations: 0, costLimit }
}

/** Answers and counts its own cost. */
type Apply = (frame: Frame, values: readonly CelValue[]) => CelValue | CelError

function evaluateInTurn(steps: readonly Step[], apply: Apply): Step {
  return (frame) => {
    const values: CelValue[] = []
    for (const step of steps) {
      const value = step(frame)
      if (isCelError(value)) return value
      values.push(value)
    }
    return apply(frame, values)
  }
}

function evaluateAll([first, second]: readonly Step[], apply: Apply): Step {
  if (first === undefined) return (frame) => apply(frame, [])
  if (second === undefined) {
    return (frame) => {
      const value = first(frame)
      return isCelError(value) ? failed(frame, value) : apply(frame, [value])
    }
  }
  return (frame) => {
    const left = first(frame)
    const right = second(frame)
    if (isCelError(left)) return failed(frame, left)
    if (isCelError(right)) return failed(frame, right)
    return apply(frame, [left, right])
  }
}

function failed(frame: Frame, error: CelError): CelError {
  charge(frame, 1)
  return error
}

function applier({ name, overloads }: Call): Apply {
  const [first] = overloads
  if (first === undefined) return () => celError(`no such overload: ${name}`)
  if (isOneFunction({ name, overloads })) {
    return (frame, values) =>
      run(frame, { overload: first, values, isResolved: overloads.length === 1 })
  }
  const guarded = overloads.map((overload) => ({ overload, fits: overload.parameters.map(fitFor) }))
  const isResolved = guarded.length === 1
  return (frame, values) => {
    for (const { overload, fits } of guarded) {
      if (allFit(fits, values)) return run(frame, { overload, values, isResolved })
    }
    charge(frame, 1)
    return celError(`no such overload: ${name}(${values.map(typeNameOf).join(', ')})`)
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

interface Run {
  readonly overload: Overload
  readonly values: readonly CelValue[]
  readonly isResolved: boolean
}

function run(frame: Frame, { overload, values, isResolved }: Run): CelValue | CelError {
  const result = overload.call(values, frame.context)
  const cost = isResolved ? overload.cost : (overload.costUnresolved ?? overload.cost)
  charge(frame, cost === undefined ? 1 : cost(values, result))
  boundSize(result)
  return result
}
