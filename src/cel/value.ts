import type { Meter } from './run/work.ts'

/**
 * How values are held while an expression runs. A value is never changed after it was made.
 *
 * | CEL | here |
 * |---|---|
 * | null, bool, string | null, boolean, string |
 * | double | number |
 * | int | bigint, within 64 bits |
 * | bytes | Uint8Array |
 * | list | readonly array |
 * | everything else | an object with a `kind` |
 */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CelList
  | CelUint
  | CelMap
  | CelObject
  | CelTimestamp
  | CelDuration
  | CelOptional
  | CelTypeValue
  | CelOpaque

/** A list. {@link nativeStrings} marks those that Kubernetes holds as a Go `[]string`. */
export type CelList = readonly CelValue[]

export interface CelUint {
  readonly kind: 'uint'
  readonly value: bigint
}

/** Keys are bool, int, uint or string; 1, 1u and 1.0 find the same entry. */
export interface CelMap {
  readonly kind: 'map'
  /** Undefined when there is none. */
  readonly get: (key: CelValue) => CelValue | undefined
  /** In the order that the map was made with. */
  readonly entries: () => Iterable<readonly [CelValue, CelValue]>
  readonly size: number
  /**
   * Kubernetes' lazy map: fields and indices can be read, everything else of a map (`size`, `in`, `type`,
   * equality) is "no such overload".
   */
  readonly isLazy?: true
  /** What `type()` says of a lazy map; `map` by default. */
  readonly typeName?: string
  /** Used in place of `get` by fields and indices, where a value may turn out to be an error. */
  readonly find?: (key: CelValue) => CelValue | CelError | undefined
  /** The same map as a native value of Go, which an optional unwraps to: without key unescaping. */
  readonly native?: CelMap
}

/** A message with declared fields, such as `kubernetes.UserInfo`. */
export interface CelObject {
  readonly kind: 'object'
  readonly typeName: string
  /** Undefined when the field is not set. */
  readonly get: (field: string) => CelValue | undefined
}

/** Seconds since the epoch, 0001-01-01 to 9999-12-31, and nanoseconds of the second. */
export interface CelTimestamp {
  readonly kind: 'timestamp'
  readonly seconds: bigint
  readonly nanos: number
  /** Seconds east of UTC; only `string()` shows it. Default 0. */
  readonly offset?: number
}

/** Nanoseconds, within 64 bits. */
export interface CelDuration {
  readonly kind: 'duration'
  readonly nanos: bigint
}

export interface CelOptional {
  readonly kind: 'optional'
  /** Undefined: none. */
  readonly value: CelValue | undefined
}

/** What `type(x)` gives. */
export interface CelTypeValue {
  readonly kind: 'type'
  readonly name: string
}

/** A value of a library's own type: a URL, an IP address … Only that library looks into `data`. */
export interface CelOpaque {
  readonly kind: 'opaque'
  /** `kubernetes.URL`, `net.IP` … as in its type. */
  readonly typeName: string
  readonly data: unknown
  /** What its size counts for in cel-go's cost, if it has one: the bytes of an IP address. */
  readonly size?: number
  /**
   * Whether it is equal to another value, when it stands on the left. A value of another type is no
   * "false" but an error, as Kubernetes has it.
   */
  readonly equals: (other: CelValue, meter: Meter) => boolean | CelError
}

/** Ends the evaluation, unless `||`, `&&` or a macro over them absorbs it. */
export interface CelError {
  readonly kind: 'error'
  readonly message: string
}

/** Makes an error value. */
export function celError(message: string): CelError {
  return { kind: 'error', message }
}

/** Whether a result is an error. */
export function isCelError(result: CelValue | CelError): result is CelError {
  return (
    typeof result === 'object' && result !== null && 'kind' in result && result.kind === 'error'
  )
}

const native = Symbol('Go []string')

/**
 * Marks a list that Go holds as `[]string`: `split()` and `findAll()` make such, and Kubernetes refuses
 * one as the result of a claim mapping.
 */
export function nativeStrings(values: readonly string[]): CelList {
  return Object.defineProperty([...values], native, { value: true })
}

/** Whether {@link nativeStrings} made the list. */
export function isNativeStrings(list: CelList): boolean {
  return native in list
}
