import type { Draft } from './draft.ts'

/** The names that a request loses: those that every one loses, and the draft's own. */
export type RemovedNames = (draft: Draft) => readonly string[]

/** Envoy removes after it sets, so a name that is written is none of them. */
export function removedNames(fixed: readonly string[]): RemovedNames {
  return ({ set, append, remove }) => {
    const names = new Set([...fixed, ...remove])
    for (const name of set.keys()) names.delete(name)
    for (const [name] of append) names.delete(name)
    return [...names]
  }
}

/**
 * As {@link removedNames}, with the list that it gave first for each draft that loses the same: most
 * users do, and 100,000 lists of 25 names would be most of what is kept of them. It forgets everything
 * when it holds `max` lists; answers stay correct. No name holds a comma.
 */
export function shareRemovedNames(fixed: readonly string[], max: number): RemovedNames {
  const removed = removedNames(fixed)
  const isFixed = new Set(fixed)
  const lists = new Map<string, readonly string[]>()
  return (draft) => {
    const { set, append, remove } = draft
    const written = new Set<string>()
    for (const name of set.keys()) if (isFixed.has(name) || remove.has(name)) written.add(name)
    for (const [name] of append) if (isFixed.has(name) || remove.has(name)) written.add(name)
    const key = `${[...written].join()};${[...remove].join()}`
    const known = lists.get(key)
    if (known !== undefined) return known
    if (lists.size >= max) lists.clear()
    const names = removed(draft)
    lists.set(key, names)
    return names
  }
}
