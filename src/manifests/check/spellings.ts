import { isRecord } from '../../json/record.ts'
import type { Unread } from './values.ts'

/**
 * Names of fields as Istio's own objects write them. Protocol Buffers' JSON, which istiod reads, takes `fail_open`
 * for `failOpen` and the other way round, at every depth.
 */
export function inCamelCase(value: Unread): Unread {
  return renamed(value, (key) =>
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  )
}

/** The same as Envoy's documentation writes them. Keys of maps have dots and dashes, and stay as they are. */
export function inSnakeCase(value: Unread): Unread {
  return renamed(value, (key) =>
    /^[A-Za-z0-9]+$/.test(key)
      ? key.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      : key,
  )
}

function renamed(value: Unread, rename: (key: string) => string): Unread {
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, rename))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [rename(key), renamed(field, rename)]),
  )
}
