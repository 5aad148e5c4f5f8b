/** Types without parts. `any` is protobuf's Any and `dyn` is CEL's: the checker tells them apart. */
export type SimpleTypeName =
  | 'null_type'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'any'
  | 'dyn'
  | 'error'

/** The static type of an expression ({@link https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#type-system cel-spec, Type System}). */
export type CelType =
  | { readonly kind: SimpleTypeName }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  /** A type that only its functions open: `optional_type` (one parameter), `kubernetes.URL`, `net.IP` … */
  | { readonly kind: 'opaque'; readonly name: string; readonly parameters: readonly CelType[] }
  /** A message with declared fields. */
  | { readonly kind: 'object'; readonly name: string }
  /** `google.protobuf.BoolValue` and the like: the primitive or null. */
  | { readonly kind: 'wrapper'; readonly of: CelType }
  /** The type of a type: `type(x)`, or the identifier `int`. */
  | { readonly kind: 'type'; readonly of: CelType | undefined }
  /** Stands for one type throughout a signature. */
  | { readonly kind: 'parameter'; readonly name: string }

/** Fields of an {@link CelType} of kind `object`, by name. */
export interface ObjectType {
  readonly name: string
  readonly fields: ReadonlyMap<string, CelType>
}

const simple = <K extends SimpleTypeName>(kind: K): { readonly kind: K } => ({ kind })

export const nullType = simple('null_type')
export const boolType = simple('bool')
export const intType = simple('int')
export const uintType = simple('uint')
export const doubleType = simple('double')
export const stringType = simple('string')
export const bytesType = simple('bytes')
export const timestampType = simple('timestamp')
export const durationType = simple('duration')
export const anyType = simple('any')
export const dynType = simple('dyn')

/** A list of one type of elements. */
export function listType(element: CelType): CelType {
  return { kind: 'list', element }
}

/** A map; keys are bool, int, uint or string at run time. */
export function mapType(key: CelType, value: CelType): CelType {
  return { kind: 'map', key, value }
}

/** A type that only functions can look into. */
export function opaqueType(name: string, ...parameters: readonly CelType[]): CelType {
  return { kind: 'opaque', name, parameters }
}

/** What `optional.of` makes. */
export function optionalType(value: CelType): CelType {
  return opaqueType('optional_type', value)
}

/** The type of a type. */
export function typeType(of?: CelType): CelType {
  return { kind: 'type', of }
}

/** A type parameter of a signature, `T`. */
export function typeParameter(name: string): CelType {
  return { kind: 'parameter', name }
}
