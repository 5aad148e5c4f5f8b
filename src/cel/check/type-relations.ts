import { type CelType, dynType } from '../type.ts'

/** Whether a value of any type may be there: `dyn`, and protobuf's Any where types are compared. */
export function isDyn(type: CelType): boolean {
  return type.kind === 'dyn' || type.kind === 'any'
}

/** Also true of what could not be typed, so that one fault does not bring others with it. */
export function isDynOrError(type: CelType): boolean {
  return isDyn(type) || type.kind === 'error'
}

/** The type inside of an optional, or undefined. */
export function unwrapOptional(type: CelType): CelType | undefined {
  return type.kind === 'opaque' && type.name === 'optional_type' ? type.parameters[0] : undefined
}

/** A wrapper is of the kind that it wraps, and null besides. */
export function unwrapWrapper(type: CelType): CelType {
  return type.kind === 'wrapper' ? type.of : type
}

/** The types that a type is built from. */
export function partsOf(type: CelType): readonly CelType[] {
  if (type.kind === 'list') return [type.element]
  if (type.kind === 'map') return [type.key, type.value]
  if (type.kind === 'opaque') return type.parameters
  if (type.kind === 'type' && type.of !== undefined) return [type.of]
  return []
}

/** The same type with its parts replaced. */
export function mapParts(type: CelType, replace: (part: CelType) => CelType): CelType {
  if (type.kind === 'list') return { kind: 'list', element: replace(type.element) }
  if (type.kind === 'map') {
    return { kind: 'map', key: replace(type.key), value: replace(type.value) }
  }
  if (type.kind === 'opaque') {
    return { ...type, parameters: type.parameters.map((part) => replace(part)) }
  }
  if (type.kind === 'type' && type.of !== undefined) return { kind: 'type', of: replace(type.of) }
  return type
}

function nameOf(type: CelType): string {
  return 'name' in type ? type.name : ''
}

/** Same kind and same name, whatever the parts are. */
export function isSameConstructor(a: CelType, b: CelType): boolean {
  const left = unwrapWrapper(a)
  const right = unwrapWrapper(b)
  return left.kind === right.kind && nameOf(left) === nameOf(right)
}

/** The same type; a wrapper counts as what it wraps. */
export function isSameType(a: CelType, b: CelType): boolean {
  if (a === b) return true
  const left = partsOf(a)
  const right = partsOf(b)
  return (
    isSameConstructor(a, b) &&
    left.length === right.length &&
    left.every((part, index) => isSameType(part, right[index] ?? dynType))
  )
}

const nullable: ReadonlySet<CelType['kind']> = new Set<CelType['kind']>([
  'null_type',
  'wrapper',
  'opaque',
  'object',
  'duration',
  'timestamp',
])

/** Whether null may stand for a value of the type. */
export function isNullable(type: CelType): boolean {
  return nullable.has(type.kind)
}

/** Of two types that fit each other the one that says less. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return saysNoMore(a, b) ? a : b
}

function saysNoMore(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'parameter') return true
  if (isDyn(b) || b.kind === 'parameter') return false
  if (a.kind === 'type' && b.kind === 'type') return true
  const left = partsOf(a)
  const right = partsOf(b)
  return (
    isSameConstructor(a, b) &&
    left.length === right.length &&
    left.every((part, index) => saysNoMore(part, right[index] ?? dynType))
  )
}

/** The type as messages write it: `map(string, any)`. */
export function formatType(type: CelType): string {
  if (type.kind === 'wrapper') return `wrapper(${formatType(type.of)})`
  const name = nameOf(type) || (type.kind === 'null_type' ? 'null' : type.kind)
  const parts = partsOf(type)
  return parts.length === 0 ? name : `${name}(${parts.map(formatType).join(', ')})`
}
