/** One header field line: lower-case name, then value. */
export type HeaderLine = readonly [name: string, value: string]

/**
 * What Envoy does to the request before it goes upstream, as data; each adapter knows how its
 * transport carries it. Invariants: a name stands in one of `set`, `append` and `remove` only, names
 * are lower-case, and `set` has each name once.
 */
export interface HeaderChanges {
  /** Replaces every line that the client sent under that name. */
  readonly set: readonly HeaderLine[]
  /** One line each, in this order, beside nothing that the client sent. */
  readonly append: readonly HeaderLine[]
  readonly remove: readonly string[]
}
