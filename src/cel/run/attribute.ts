import { type CelError, type CelOptional, type CelValue, celError, isCelError } from '../value.ts'
import { charge, type Frame, type Step } from './frame.ts'
import { withoutKeyReading } from './key-reading.ts'
import { isKinded, isList, isOptional } from './kind.ts'
import type { Plan } from './plan.ts'
import { poison } from './poison.ts'
import { find, isKey, missing } from './qualify.ts'
import { chargeWork } from './work.ts'

/** One field or index after a value. */
export interface Qualifier {
  /** Gives the field or index; what reading it costs is counted, the variable itself is free. */
  readonly key: CelValue | Step
  /** Written `.?` or `[?…]`: what is not there makes the whole chain `optional.none()`. */
  readonly isOptional: boolean
  /** The last one of a `has()`: only whether it is there. */
  readonly isTest: boolean
}

/**
 * A value with fields and indices after it, as one: an optional one anywhere makes those after it optional
 * too. Resolving it counts 1 for each field and index, but not the 1 for the whole, which a ternary and an
 * index leave out.
 */
export type Attribute =
  | { readonly kind: 'value'; readonly root: Step; readonly qualifiers: readonly Qualifier[] }
  | {
      readonly kind: 'conditional'
      readonly condition: Step
      readonly truthy: Attribute
      readonly falsy: Attribute
    }

/** The plan of an attribute by itself. */
export function attributePlan(attribute: Attribute): Plan {
  const resolve = resolver(attribute)
  // The ternary has no cost of its own.
  if (attribute.kind === 'conditional') return { evaluate: resolve, attribute }
  const isTest = attribute.qualifiers.at(-1)?.isTest === true
  return { evaluate: isTest ? testing(resolve) : counting(resolve), attribute }
}

/** The attribute of any plan: its own, or its value with nothing after it yet. */
export function attributeOf(plan: Plan): Attribute {
  return plan.attribute ?? { kind: 'value', root: plan.evaluate, qualifiers: [] }
}

/** The attribute with one more field or index; on both branches of a ternary. */
export function qualified(attribute: Attribute, qualifier: Qualifier): Attribute {
  if (attribute.kind === 'value') {
    return { ...attribute, qualifiers: [...attribute.qualifiers, qualifier] }
  }
  const { condition, truthy, falsy } = attribute
  return {
    kind: 'conditional',
    condition,
    truthy: qualified(truthy, qualifier),
    falsy: qualified(falsy, qualifier),
  }
}

/** How an attribute is evaluated within another one. */
export function resolver(attribute: Attribute): Step {
  if (attribute.kind === 'conditional') return conditional(attribute)
  const { root, qualifiers } = attribute
  return (frame) => {
    const value = root(frame)
    if (isOptional(value)) return unwrapped(frame, value, qualifiers)
    return isCelError(value) ? value : apply(frame, value, qualifiers)
  }
}

function conditional(attribute: Extract<Attribute, { kind: 'conditional' }>): Step {
  const { condition } = attribute
  const truthy = resolver(attribute.truthy)
  const falsy = resolver(attribute.falsy)
  return (frame) => {
    const chosen = condition(frame)
    if (chosen === true) return truthy(frame)
    if (chosen === false) return falsy(frame)
    return isCelError(chosen) ? chosen : celError('no such overload')
  }
}

function counting(resolve: Step): Step {
  return (frame) => {
    const value = resolve(frame)
    charge(frame, 1)
    return value
  }
}

/** Kubernetes counts nothing for `has()` beyond its fields. */
function testing(resolve: Step): Step {
  return (frame) => {
    const value = resolve(frame)
    return isOptional(value) ? value.value !== undefined : value
  }
}

/** What a map or list takes to be made of JSON; large ones are made once. */
const perObject = 200

function apply(
  frame: Frame,
  start: CelValue,
  qualifiers: readonly Qualifier[],
): CelValue | CelError {
  let value = start
  for (let i = 0; i < qualifiers.length; i++) {
    const qualifier = qualifiers[i]
    if (qualifier === undefined) break
    if (qualifier.isOptional) return applyOptionally(frame, value, qualifiers.slice(i))
    const next = qualify(frame, value, qualifier)
    charge(frame, 1)
    if (isCelError(next)) return next
    if (typeof next === 'object') chargeWork(frame.meter, perObject)
    value = next
  }
  return value
}

function qualify(frame: Frame, value: CelValue, qualifier: Qualifier): CelValue | CelError {
  const key =
    typeof qualifier.key === 'function' ? evaluateKey(frame, qualifier.key) : qualifier.key
  if (isCelError(key)) return key
  const found = find(value, key)
  if (found === undefined) return qualifier.isTest ? false : missing(value, key)
  return qualifier.isTest && !isCelError(found) ? true : found
}

const none: CelOptional = { kind: 'optional', value: undefined }

function applyOptionally(
  frame: Frame,
  start: CelValue,
  qualifiers: readonly Qualifier[],
): CelValue | CelError {
  let value = start
  for (const { key: keyOrStep } of qualifiers) {
    const key = typeof keyOrStep === 'function' ? evaluateKey(frame, keyOrStep) : keyOrStep
    if (isCelError(key)) return key
    const found = find(value, key)
    if (found === undefined) return none
    if (isCelError(found)) return found
    charge(frame, 1)
    chargeWork(frame.meter, perObject)
    value = found
  }
  return { kind: 'optional', value }
}

function evaluateKey(frame: Frame, step: Step): CelValue | CelError {
  const key = step(frame)
  if (typeof key === 'string') chargeWork(frame.meter, key.length)
  if (isCelError(key) || isKey(key)) return key
  return celError('invalid qualifier type')
}

/** An optional that fields or indices follow, or none: its value goes through Go's native form. */
function unwrapped(
  frame: Frame,
  optional: CelOptional,
  qualifiers: readonly Qualifier[],
): CelValue | CelError {
  if (optional.value === undefined) return optional
  const value = nativeForm(optional.value)
  if (!isCelError(value)) return applyOptionally(frame, value, qualifiers)
  return qualifiers.length > 0 ? value : { kind: 'optional', value: poison(value) }
}

/** What becomes of a value that goes through Go's `Value()` and `NativeToValue()`. */
function nativeForm(value: CelValue): CelValue | CelError {
  if (isList(value)) return withoutKeyReading(value)
  if (!isKinded(value)) return value
  if (value.kind === 'map' && !value.isLazy) return withoutKeyReading(value)
  if (value.kind === 'map' || value.kind === 'object') return celError('no such overload')
  if (value.kind === 'opaque') {
    return celError(`unsupported conversion to ref.Val: ${value.typeName}`)
  }
  if (value.kind === 'optional') return value.value === undefined ? null : nativeForm(value.value)
  return value.kind === 'type' ? value.name : value
}
