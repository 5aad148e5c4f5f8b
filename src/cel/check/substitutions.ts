import { type CelType, dynType } from '../type.ts'
import {
  isDynOrError,
  isNullable,
  isSameConstructor,
  isSameType,
  mapParts,
  mostGeneral,
  partsOf,
} from './type-relations.ts'

/** What is known so far of each type parameter. */
export interface Substitutions {
  /** A type parameter that nothing is known of. */
  readonly fresh: () => CelType
  /**
   * Whether each of `from` fits into its counterpart in `to`. What that says of type parameters is kept
   * only if all do.
   */
  readonly isAssignable: (from: readonly CelType[], to: readonly CelType[]) => boolean
  /** The type with what is known put in. */
  readonly resolve: (type: CelType) => CelType
  /** The same, with `dyn` for what nobody knows. */
  readonly resolveToDyn: (type: CelType) => CelType
}

interface Known {
  readonly get: (name: string) => CelType | undefined
  readonly set: (name: string, type: CelType) => void
}

/**
 * `[1].map(x, {x: x})` and so on doubles a type each time. No real type is near this; beyond it cel-go
 * itself runs out of memory.
 */
const maxTypeSize = 1000

/** Ends checking at once: a type is larger than any real one. It never leaves `check()`. */
export class TypeTooLarge extends Error {
  constructor() {
    super(`Cannot check types: one is built from more than ${maxTypeSize} others`)
    this.name = 'TypeTooLarge'
  }
}

/** Starts with nothing known. */
export function createSubstitutions(): Substitutions {
  const known = new Map<string, CelType>()
  const undo: (readonly [string, CelType | undefined])[] = []
  const journalled: Known = {
    get: (name) => known.get(name),
    set(name, type) {
      undo.push([name, known.get(name)])
      known.set(name, type)
    },
  }
  let count = 0
  return {
    fresh: () => ({ kind: 'parameter', name: `_var${count++}` }),
    isAssignable(from, to) {
      undo.length = 0
      if (areAssignable(journalled, from, to)) return true
      for (const [name, type] of undo.toReversed()) {
        if (type === undefined) known.delete(name)
        else known.set(name, type)
      }
      return false
    },
    resolve: (type) =>
      substitute(
        type,
        createReplacement(known, (parameter) => parameter),
      ),
    resolveToDyn: (type) =>
      substitute(
        type,
        createReplacement(known, () => dynType),
      ),
  }
}

interface Replacement {
  readonly known: (name: string) => CelType | undefined
  readonly unknown: (parameter: CelType) => CelType
  readonly count: () => void
}

function createReplacement(
  known: ReadonlyMap<string, CelType>,
  unknown: (parameter: CelType) => CelType,
): Replacement {
  let size = 0
  return {
    known: (name) => known.get(name),
    unknown,
    count() {
      if (++size > maxTypeSize) throw new TypeTooLarge()
    },
  }
}

function substitute(type: CelType, replacement: Replacement): CelType {
  replacement.count()
  if (type.kind !== 'parameter') return mapParts(type, (part) => substitute(part, replacement))
  const found = replacement.known(type.name)
  return found === undefined ? replacement.unknown(type) : substitute(found, replacement)
}

function areAssignable(known: Known, from: readonly CelType[], to: readonly CelType[]): boolean {
  return (
    from.length === to.length &&
    from.every((type, index) => isAssignable(known, type, to[index] ?? dynType))
  )
}

function isAssignable(known: Known, from: CelType, to: CelType): boolean {
  if (to.kind === 'parameter') {
    const fit = substituteWith(known, to, from)
    if (fit !== 'unknown') return fit === 'fits'
  }
  if (from.kind === 'parameter') return substituteWith(known, from, to) === 'fits'
  if (isDynOrError(from) || isDynOrError(to)) return true
  if (from.kind === 'null_type') return isNullable(to)
  if (to.kind === 'null_type') return isNullable(from)
  if (from.kind === 'type') return to.kind === 'type'
  return isSameConstructor(from, to) && areAssignable(known, partsOf(from), partsOf(to))
}

/**
 * Whether a type parameter may stand for a type, which is then known of it. The answer is unknown when
 * nothing is known of the parameter and it occurs in the type.
 */
function substituteWith(
  known: Known,
  parameter: CelType & { readonly kind: 'parameter' },
  type: CelType,
): 'fits' | 'differs' | 'unknown' {
  if (isSameType(parameter, type)) return 'fits'
  const current = known.get(parameter.name)
  if (current === undefined) {
    if (occursIn(known, parameter, type)) return 'unknown'
    known.set(parameter.name, type)
    return 'fits'
  }
  if (isSameType(type, current)) return 'fits'
  if (!isAssignable(known, type, current)) return 'differs'
  const general = mostGeneral(type, current)
  if (!occursIn(known, parameter, general)) known.set(parameter.name, general)
  return 'fits'
}

function occursIn(known: Known, parameter: CelType, type: CelType): boolean {
  if (isSameType(parameter, type)) return true
  if (type.kind === 'parameter') {
    const found = known.get(type.name)
    return found !== undefined && occursIn(known, parameter, found)
  }
  return partsOf(type).some((part) => occursIn(known, parameter, part))
}
