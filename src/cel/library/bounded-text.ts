import { type CelError, type CelValue, celError } from '../value.ts'

/**
 * The longest text, in UTF-16 units, that a function makes. cel-go has no such limit and lets a few claims
 * of 64 KB become gigabytes.
 */
export const maxTextLength = 2 ** 24

const tooLong: CelError = celError(`Cannot make a text longer than ${maxTextLength} characters`)

/** The text that `make` makes, unless its length would be over {@link maxTextLength}. */
export function boundedText(length: number, make: () => string): string | CelError {
  return length > maxTextLength ? tooLong : make()
}

/** The cost of a call, or one that ends the evaluation if the result was too long: no `||` hides that. */
export function costUnlessTooLong(result: CelValue | CelError, cost: number): number {
  return result === tooLong ? Number.POSITIVE_INFINITY : cost
}
