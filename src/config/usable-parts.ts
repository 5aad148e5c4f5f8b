import { isRecord } from '../json/record.ts'
import type { Document } from './document.ts'
import { childPath } from './yaml-tree.ts'

/**
 * Kubernetes takes `null` for absence, and in a list for an item without anything in it. A key that the
 * schema does not know keeps its `null`, so that it is found.
 */
export function withoutNulls(value: unknown, schema: unknown): unknown {
  const { properties, items, type }: Record<string, unknown> = isRecord(schema) ? schema : {}
  if (value === null) return type === 'string' ? '' : {}
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, items))
  if (!isRecord(value)) return value
  const known = isRecord(properties) ? properties : {}
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => member !== null || !Object.hasOwn(known, key))
      .map(([key, member]) => [key, withoutNulls(member, known[key])]),
  )
}

/**
 * The section without what has the wrong shape, so that the rules can be asked about the rest. Items
 * of lists keep their place, for the messages; what the rules say about the stand-ins is not reported,
 * as their place has been reported already.
 */
export function withoutBroken(document: Document, value: unknown, path: string): unknown {
  const keep = (member: unknown, place: string) =>
    document.usableItself(place) ? withoutBroken(document, member, place) : undefined
  if (Array.isArray(value)) {
    const standIn = path.endsWith('.audiences') ? '' : {}
    return value.map((item, index) => keep(item, childPath(path, index)) ?? standIn)
  }
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, keep(member, childPath(path, key))]),
  )
}
