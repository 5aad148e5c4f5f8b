import { type Entry, entry, head } from '../../../config/entry.ts'

/** A file to load, and what is special about it. */
export type ConfigCase = readonly [what: string, text: string]

/** A file with one entry that differs from a good one in these parts. */
export function one(what: string, parts: Entry): ConfigCase {
  return [what, `${head}jwt: [${entry(parts)}]\n`]
}

/** A file with these entries. */
export function several(what: string, parts: readonly Entry[]): ConfigCase {
  return [what, `${head}jwt: [${parts.map((part) => entry(part)).join(', ')}]\n`]
}

/** A file with more at its end. */
export function whole(what: string, text: string): ConfigCase {
  return [what, `${head}${text}`]
}
