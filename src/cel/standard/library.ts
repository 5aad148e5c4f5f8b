import type { Library } from '../library.ts'
import { arithmetic } from './arithmetic.ts'
import { collections } from './collections.ts'
import { comparison } from './comparison.ts'
import { conversions } from './conversions.ts'
import { logic } from './logic.ts'
import { wellKnownMessages } from './messages.ts'
import { strings } from './strings.ts'
import { createTimeLibrary } from './time.ts'
import { types } from './types.ts'

/**
 * Everything of CEL itself, with comparisons across the types of numbers.
 * {@link https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#list-of-standard-definitions cel-spec, Standard Definitions}
 */
export function createStandardLibrary(): Library {
  const parts = [
    logic,
    comparison,
    arithmetic,
    collections,
    types,
    conversions,
    strings,
    createTimeLibrary(),
    wellKnownMessages,
  ]
  return {
    functions: parts.flatMap(({ functions }) => functions),
    constants: parts.flatMap(({ constants = [] }) => constants),
    objects: parts.flatMap(({ objects = [] }) => objects),
  }
}
