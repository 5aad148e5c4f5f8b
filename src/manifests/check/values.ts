import { isRecord } from '../../json/record.ts'

/** What somebody else wrote, and nobody has checked: every look into it may find something else. */
export type Unread = unknown

/** What stands at a path of keys; undefined where there is nothing, or no object on the way. */
export function at(value: Unread, ...path: readonly string[]): Unread {
  let found = value
  for (const key of path) {
    if (!isRecord(found)) return undefined
    found = Object.hasOwn(found, key) ? found[key] : undefined
  }
  return found
}

/** The list there; empty where there is none. */
export function listAt(value: Unread, ...path: readonly string[]): readonly Unread[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? [...(found as readonly unknown[])] : []
}

/** The texts of the list there. */
export function textsAt(value: Unread, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((entry) => typeof entry === 'string')
}

/** The text there. */
export function textAt(value: Unread, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** The number there; YAML and JSON of Kubernetes write some as texts. */
export function numberAt(value: Unread, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  if (typeof found === 'number') return found
  return typeof found === 'string' && /^\d{1,9}$/.test(found) ? Number(found) : undefined
}

/** Keys and values of the object there; empty where there is none. */
export function entriesAt(
  value: Unread,
  ...path: readonly string[]
): readonly (readonly [string, Unread])[] {
  const found = at(value, ...path)
  return isRecord(found) ? Object.entries(found) : []
}

/** Labels or a `matchLabels`, whose values are texts. */
export function labelsAt(
  value: Unread,
  ...path: readonly string[]
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entriesAt(value, ...path).map(([key, label]) => [key, typeof label === 'string' ? label : '']),
  )
}

/** Every object in a value, itself first. */
export function objectsIn(value: Unread): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return (value as readonly unknown[]).flatMap(objectsIn)
  if (!isRecord(value)) return []
  return [value, ...Object.values(value).flatMap(objectsIn)]
}
