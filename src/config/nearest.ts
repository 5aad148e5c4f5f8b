const maxLength = 64

/** The candidate that the name was probably meant to be, or undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > maxLength) return undefined
  const wanted = plain(name)
  const scored = candidates
    .map((candidate) => ({ candidate, distance: distance(wanted, plain(candidate)) }))
    .toSorted((a, b) => a.distance - b.distance)
  const best = scored[0]
  if (best === undefined) return undefined
  if (best.distance <= Math.max(1, Math.floor(wanted.length / 4))) return best.candidate
  // `clientSecret` for `clientSecretFile`.
  return wanted.length < 4
    ? undefined
    : candidates.find((candidate) => plain(candidate).startsWith(wanted))
}

/** `external_url`, `external-url` and `externalURL` are the same mistake. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Levenshtein's. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const swap = from[row - 1] === to[column - 1] ? 0 : 1
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + swap,
        ),
      )
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
