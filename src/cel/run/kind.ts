import type { CelError, CelList, CelMap, CelOptional, CelUint, CelValue } from '../value.ts'

/** Values that say what they are by their `kind`. */
export type Kinded = Extract<CelValue, { readonly kind: string }>

type Any = CelValue | CelError | undefined

/** Whether a value says what it is by its `kind`; an error does too, but is none. */
export function isKinded(value: CelValue | undefined): value is Kinded {
  return typeof value === 'object' && value !== null && 'kind' in value
}

/** Whether a value is a list; `Array.isArray` alone makes an `any[]` of it. */
export function isList(value: Any): value is CelList {
  return Array.isArray(value)
}

/** Whether a value is a map, lazy or not. */
export function isMap(value: Any): value is CelMap {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'map'
}

/** Whether a value is an optional, with a value or without. */
export function isOptional(value: Any): value is CelOptional {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'optional'
}

/** Whether a value is an unsigned integer. */
export function isUint(value: Any): value is CelUint {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'uint'
}
