import type { CelType } from '../type.ts'
import type { CelValue } from '../value.ts'
import { isList, isMap, type Kinded } from './kind.ts'

/** What `type(x)` calls the type of a value: `int`, `google.protobuf.Timestamp`, `net.IP` … */
export function typeNameOf(value: CelValue): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'bigint') return 'int'
  if (value === null) return 'null_type'
  if (isList(value)) return 'list'
  return value instanceof Uint8Array ? 'bytes' : kindedTypeName(value)
}

function kindedTypeName(value: Kinded): string {
  switch (value.kind) {
    case 'map':
      return value.typeName ?? 'map'
    case 'object':
    case 'opaque':
      return value.typeName
    case 'timestamp':
    case 'duration':
      return timeNames[value.kind]
    case 'optional':
      return 'optional_type'
    case 'uint':
    case 'type':
      return value.kind
  }
}

const timeNames = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
} as const

/** The name that a static type has at run time, where its parameters are erased. */
export function erasedName(type: CelType): string {
  if (type.kind === 'timestamp' || type.kind === 'duration') return timeNames[type.kind]
  if (type.kind === 'any') return 'google.protobuf.Any'
  if (type.kind === 'wrapper') return erasedName(type.of)
  return 'name' in type ? type.name : type.kind
}

/** Tests an argument against the type of a parameter; undefined where anything fits. */
export type Fit = ((value: CelValue) => boolean) | undefined

/**
 * How cel-go guards a parameter: by the erased type, and for lists and maps by the first element, which
 * stands for all.
 */
export function fitFor(type: CelType): Fit {
  if (type.kind === 'any' || type.kind === 'dyn' || type.kind === 'parameter') return undefined
  if (type.kind === 'list') return fitList(fitFor(type.element))
  if (type.kind === 'map') return fitMap(fitFor(type.key), fitFor(type.value))
  if (type.kind === 'wrapper') return fitWrapper(fitFor(type.of))
  const name = erasedName(type)
  return (value) => typeNameOf(value) === name
}

function fitWrapper(fit: Fit): Fit {
  return (value) => value === null || fit === undefined || fit(value)
}

function fitList(fit: Fit): Fit {
  return (value) => {
    if (!isList(value)) return false
    const [first] = value
    return first === undefined || fit === undefined || fit(first)
  }
}

function fitMap(fitKey: Fit, fitValue: Fit): Fit {
  return (value) => {
    if (!isMap(value) || value.isLazy) return false
    if (fitKey === undefined && fitValue === undefined) return true
    for (const [key, entry] of value.entries()) {
      return (fitKey === undefined || fitKey(key)) && (fitValue === undefined || fitValue(entry))
    }
    return true
  }
}
