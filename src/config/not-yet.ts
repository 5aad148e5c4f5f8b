import { isRecord } from '../json/record.ts'
import { type Document, quote } from './document.ts'
import { childPath } from './yaml-tree.ts'

/** One thing that the published schema has and that is not built yet. */
interface NotYet {
  /** `[]` is every item of a list. */
  readonly path: string
  /** Only these values are refused; absent: whatever stands there. */
  readonly only?: (value: unknown) => boolean
  /** How a message calls it; default: the value. */
  readonly what?: string
  /** What to do in the meantime. */
  readonly instead: string
}

const remove = 'remove it'
/**
 * Refused by name, so that nobody believes it to be in force. Whoever builds one of these deletes
 * its line; nothing else here knows about it.
 */
export const notYet: readonly NotYet[] = [{ path: 'personalAccessTokens', instead: remove }]

/** Reports everything in the configuration that is not available yet. */
export function reportNotYet(document: Document): void {
  for (const { path, only, what, instead } of notYet) {
    for (const place of find(document.value, splitPath(path), '')) {
      if (only?.(place.value) === false) continue
      const named = what ?? (only === undefined ? undefined : describe(place.value))
      const message = `${named === undefined ? '' : `${named} `}is not available yet: ${instead}`
      document.report(place.path, message, {
        kind: only === undefined ? 'refused' : 'rule',
        at: only === undefined ? 'key' : 'value',
      })
    }
  }
}

/** `a[].b` as `a`, `[]`, `b`. */
export function splitPath(path: string): readonly string[] {
  return path.split(/\.|(?=\[\])/)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? quote(value) : String(value)
}

interface Place {
  readonly path: string
  readonly value: unknown
}

function find(value: unknown, [step, ...rest]: readonly string[], path: string): Place[] {
  if (step === undefined) return [{ path, value }]
  if (step === '[]') {
    if (!Array.isArray(value)) return []
    return value.flatMap((item, index) => find(item, rest, childPath(path, index)))
  }
  if (!isRecord(value) || !Object.hasOwn(value, step)) return []
  return find(value[step], rest, childPath(path, step))
}
