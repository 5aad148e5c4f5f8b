import type { Meter } from '../run/work.ts'
import { type CelError, type CelOpaque, type CelValue, celError } from '../value.ts'
import type { OpaqueType } from './define.ts'

/** A type of a library's own, whose values hold a `T`. */
export interface OpaqueKind<T> {
  readonly type: OpaqueType<T>
  readonly make: (data: T) => CelOpaque
  readonly is: (value: CelValue | CelError) => value is CelOpaque & { readonly data: T }
}

/** What there is to say about an {@link OpaqueKind}. */
export interface OpaqueOptions<T> {
  readonly equal: (a: T, b: T, meter: Meter) => boolean | CelError
  /** See {@link CelOpaque.size}; none by default. */
  readonly size?: (data: T) => number
}

/** Declares a type of a library's own, by the name that CEL knows it by. */
export function opaqueKind<T>(name: string, { equal, size }: OpaqueOptions<T>): OpaqueKind<T> {
  // Only `make` names its values so.
  const is = (value: CelValue | CelError): value is CelOpaque & { readonly data: T } =>
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'opaque' &&
    value.typeName === name
  const make = (data: T): CelOpaque => ({
    kind: 'opaque',
    typeName: name,
    data,
    ...(size && { size: size(data) }),
    equals: (other, meter) =>
      is(other) ? equal(data, other.data, meter) : celError('no such overload'),
  })
  return { type: { kind: 'opaque', name, parameters: [] }, make, is }
}
