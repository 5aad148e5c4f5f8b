/** `%.3f` in a format: the verb, and the precision if there is one. */
export interface Clause {
  readonly verb: Verb
  readonly precision: bigint | undefined
}

export type Verb = (typeof verbs)[number]

const verbs = ['s', 'd', 'f', 'e', 'b', 'x', 'X', 'o'] as const

/** Go reads a precision into an int. */
const maxPrecision = 2n ** 63n - 1n

/**
 * Takes a format apart into texts and clauses, or says what is wrong with it. Each clause takes one
 * argument; those other than `%f` and `%e` may have a precision too, and ignore it.
 */
export function parseFormat(format: string): readonly (string | Clause)[] | { fault: string } {
  const parts: (string | Clause)[] = []
  let end = 0
  for (const match of format.matchAll(/%(?:(%)|(?:\.(\d*))?(.)?)/gsu)) {
    parts.push(format.slice(end, match.index))
    end = match.index + match[0].length
    const [, percent, precision, letter] = match
    const part = percent ?? readClause(precision, letter)
    if (typeof part === 'object' && 'fault' in part) return part
    parts.push(part)
  }
  parts.push(format.slice(end))
  return parts
}

function readClause(
  precision: string | undefined,
  letter: string | undefined,
): Clause | { fault: string } {
  const verb = verbs.find((known) => known === letter)
  if (letter === undefined) return { fault: 'Cannot format: the last clause has no end' }
  if (precision === '') return { fault: 'Cannot format: a precision has no digits' }
  if (verb === undefined) return { fault: `Cannot format: there is no clause "${letter}"` }
  if (precision === undefined) return { verb, precision: undefined }
  const digits = precision.replace(/^0+/, '')
  if (digits.length > 19 || BigInt(digits) > maxPrecision) {
    return { fault: 'Cannot format: a precision is too large' }
  }
  return { verb, precision: BigInt(digits) }
}
