import type { Library, RunContext } from '../library.ts'
import { costSize } from '../run/size.ts'
import { constantWork } from '../run/weight.ts'
import { intType, stringType } from '../type.ts'
import { type CelError, type CelList, nativeStrings } from '../value.ts'
import { matching } from './cost.ts'
import { declare, listOf, method } from './define.ts'

/**
 * Kubernetes' regex library: RE2 patterns, which run in linear time.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library Kubernetes, Regex library}
 */
export const regex: Library = {
  functions: [
    declare(
      'find',
      method({
        id: 'string_find_string',
        parameters: [stringType, stringType],
        result: stringType,
        call: ([text, pattern], context) => {
          const { meter } = context
          const compiled = context.regex(pattern, meter)
          if ('kind' in compiled) return compiled
          return compiled.findAll(text, { limit: 1, meter })[0] ?? ''
        },
        work: constantWork,
        cost: ([text, pattern]) => matching(text, costSize(pattern)),
      }),
    ),
    declare(
      'findAll',
      method({
        id: 'string_find_all_string',
        parameters: [stringType, stringType],
        result: listOf(stringType),
        call: ([text, pattern], context) => findAll(text, { pattern, limit: -1n, context }),
        work: constantWork,
        cost: ([text, pattern]) => matching(text, costSize(pattern)),
      }),
      method({
        id: 'string_find_all_string_int',
        parameters: [stringType, stringType, intType],
        result: listOf(stringType),
        call: ([text, pattern, limit], context) => findAll(text, { pattern, limit, context }),
        work: constantWork,
        cost: ([text, pattern]) => matching(text, costSize(pattern)),
      }),
    ),
  ],
}

interface Search {
  readonly pattern: string
  /** Any number if negative. */
  readonly limit: bigint
  readonly context: RunContext
}

function findAll(text: string, { pattern, limit, context }: Search): CelList | CelError {
  const { meter } = context
  const compiled = context.regex(pattern, meter)
  if ('kind' in compiled) return compiled
  // No text has more matches than characters and one at its end.
  const most = BigInt(text.length) + 1n
  const count = limit < 0n ? -1 : Number(limit < most ? limit : most)
  return nativeStrings(compiled.findAll(text, { limit: count, meter }))
}
