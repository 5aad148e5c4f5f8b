/**
 * Answers the list that it was given first, for each list of the same names in the same order: users
 * lose the same headers, and 100,000 lists of 25 names would be most of what is kept of them. It
 * forgets everything when it holds `max` lists; answers stay correct. No name holds a comma.
 */
export function shareNames(max: number): (names: readonly string[]) => readonly string[] {
  const seen = new Map<string, readonly string[]>()
  return (names) => {
    const text = names.join(',')
    const known = seen.get(text)
    if (known !== undefined) return known
    if (seen.size >= max) seen.clear()
    seen.set(text, names)
    return names
  }
}
