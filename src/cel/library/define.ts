import type { Cost, FunctionDeclaration, Overload, RunContext } from '../library.ts'
import type { Meter } from '../run/work.ts'
import type { CelType } from '../type.ts'
import {
  type CelError,
  type CelList,
  type CelMap,
  type CelOpaque,
  type CelValue,
  celError,
} from '../value.ts'

/** How a value of a parameter's type is held; see `value.ts`. */
type Held<T> = T extends { readonly kind: 'string' }
  ? string
  : T extends { readonly kind: 'int' }
    ? bigint
    : T extends { readonly kind: 'bool' }
      ? boolean
      : T extends { readonly kind: 'list' }
        ? CelList
        : T extends { readonly kind: 'map' }
          ? CelMap
          : T extends { readonly kind: 'opaque'; readonly holds?: infer D }
            ? CelOpaque & { readonly data: D }
            : CelValue

type HeldAll<P extends readonly CelType[]> = { readonly [I in keyof P]: Held<P[I]> } & {
  readonly length: P['length']
}

type HeldCost<P extends readonly CelType[]> = (
  args: HeldAll<P>,
  result: CelValue | CelError,
  meter: Meter,
) => number

/** An {@link Overload} whose function sees its arguments with the types of the parameters. */
export interface Signature<P extends readonly CelType[]> {
  readonly id: string
  readonly parameters: P
  readonly result: CelType
  readonly isUnguarded?: true
  readonly call: (args: HeldAll<P>, context: RunContext) => CelValue | CelError
  readonly cost?: HeldCost<P>
  readonly costUnresolved?: HeldCost<P>
  readonly work?: NonNullable<Overload['work']>
}

type ListType = Extract<CelType, { readonly kind: 'list' }>
type MapType = Extract<CelType, { readonly kind: 'map' }>
type PlainOpaqueType = Extract<CelType, { readonly kind: 'opaque' }>

/** An opaque type whose values hold a `T`. */
export interface OpaqueType<T> extends PlainOpaqueType {
  /** Never there: it tells only the compiler. */
  readonly holds?: T
}

/** A list type, for {@link Signature.parameters}. */
export function listOf(element: CelType): ListType {
  return { kind: 'list', element }
}

/** A map type, for {@link Signature.parameters}. */
export function mapOf(key: CelType, value: CelType): MapType {
  return { kind: 'map', key, value }
}

/** A function by its overloads. */
export function declare(name: string, ...overloads: readonly Overload[]): FunctionDeclaration {
  return { name, overloads }
}

/** An overload that is called as `a.f(b)`. */
export function method<const P extends readonly CelType[]>(signature: Signature<P>): Overload {
  return { ...overload(signature), isMember: true }
}

/** An overload that is called as `f(a, b)`. */
export function global<const P extends readonly CelType[]>(signature: Signature<P>): Overload {
  return { ...overload(signature), isMember: false }
}

function overload<P extends readonly CelType[]>(signature: Signature<P>) {
  const { call, cost, costUnresolved, ...rest } = signature
  const { parameters } = rest
  const areHeld = (args: unknown): args is HeldAll<P> =>
    Array.isArray(args) &&
    args.length === parameters.length &&
    parameters.every((type, i) => isHeld(type, args[i]))
  const guarded =
    (price: HeldCost<P>): Cost =>
    (args, result, meter) =>
      areHeld(args) ? price(args, result, meter) : 1
  return {
    ...rest,
    call: (args: readonly CelValue[], context: RunContext) =>
      areHeld(args) ? call(args, context) : celError('no such overload'),
    ...(cost && { cost: guarded(cost) }),
    ...(costUnresolved && { costUnresolved: guarded(costUnresolved) }),
  }
}

function isHeld(type: CelType, value: unknown): boolean {
  if (type.kind === 'opaque') return isKind(value, 'opaque') && value.typeName === type.name
  return checks[type.kind]?.(value) ?? true
}

const checks: { readonly [K in CelType['kind']]?: (value: unknown) => boolean } = {
  string: (value) => typeof value === 'string',
  int: (value) => typeof value === 'bigint',
  bool: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  map: (value) => isKind(value, 'map'),
}

function isKind(value: unknown, kind: 'map' | 'opaque'): value is { readonly typeName?: unknown } {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}
