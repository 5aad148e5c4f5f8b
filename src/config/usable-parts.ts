import type { Document } from './document.ts'
import { isRecord } from './record.ts'
import { childPath } from './yaml-tree.ts'

/** Kubernetes takes `null` for absence, and in a list for an item without anything in it. */
export function withoutNulls(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const nothing = key === 'audiences' ? '' : {}
    return value.map((item) => (item === null ? nothing : withoutNulls(item)))
  }
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member, name)]),
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
