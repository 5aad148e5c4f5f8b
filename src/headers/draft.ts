import type { HeaderChanges, HeaderLine } from './changes.ts'
import type { RemovedNames } from './removed-names.ts'

/** Header changes while they are put together. */
export interface Draft {
  readonly set: Map<string, string>
  readonly append: HeaderLine[]
  /** Beside the names that every request loses. */
  readonly remove: Set<string>
}

/** A draft that changes nothing yet but takes away what the client has `spoofed`. */
export function startDraft(spoofed: readonly string[]): Draft {
  return { set: new Map(), append: [], remove: new Set(spoofed) }
}

/** The changes that are wanted; `removed` says what the request loses. */
export function finishDraft(draft: Draft, removed: RemovedNames): HeaderChanges {
  const { set, append } = draft
  return {
    set: [...set],
    append: append.length === 0 ? none : append,
    remove: removed(draft),
  }
}

/** One for all: an empty list for each of 100,000 users takes 3 MB. */
const none: readonly HeaderLine[] = []
