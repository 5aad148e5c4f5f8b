import type { CallContext, Overload } from '../library.ts'
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
          : T extends { readonly kind: 'opaque' }
            ? CelOpaque
            : CelValue

type HeldAll<P extends readonly CelType[]> = { readonly [I in keyof P]: Held<P[I]> } & {
  readonly length: P['length']
}

/** An {@link Overload} whose function sees its arguments with the types of the parameters. */
export interface Signature<P extends readonly CelType[]> {
  readonly id: string
  readonly parameters: P
  readonly result: CelType
  readonly isUnguarded?: true
  readonly call: (args: HeldAll<P>, context: CallContext) => CelValue | CelError
  readonly cost?: (args: HeldAll<P>, result: CelValue | CelError) => number
  readonly costUnresolved?: () => number
}

/** A list type that is known to be one. */
export type ListType = Extract<CelType, { readonly kind: 'list' }>

/** A map type that is known to be one. */
export type MapType = Extract<CelType, { readonly kind: 'map' }>

/** A list type, for {@link Signature.parameters}. */
export function listOf(element: CelType): ListType {
  return { kind: 'list', element }
}

/** A map type, for {@link Signature.parameters}. */
export function mapOf(key: CelType, value: CelType): MapType {
  return { kind: 'map', key, value }
}

/** An overload that is called as `a.f(b)`. */
export function method<const P extends readonly CelType[]>(signature: Signature<P>): Overload {
  return { ...overload(signature), isMember: true }
}

/** An overload that is called as `f(a, b)`. */
export function global<const P extends readonly CelType[]>(signature: Signature<P>): Overload {
  return { ...overload(signature), isMember: false }
}

function overload<P extends readonly CelType[]>({ call, cost, ...rest }: Signature<P>) {
  const { parameters } = rest
  const areHeld = (args: unknown): args is HeldAll<P> =>
    Array.isArray(args) &&
    args.length === parameters.length &&
    parameters.every((type, i) => isHeld(type, args[i]))
  return {
    ...rest,
    call: (args: readonly CelValue[], context: CallContext) =>
      areHeld(args) ? call(args, context) : celError('no such overload'),
    ...(cost && {
      cost: (args: readonly CelValue[], result: CelValue | CelError) =>
        areHeld(args) ? cost(args, result) : 1,
    }),
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
