import { type CelError, celError } from '../../value.ts'
import { aligned, type Decimal } from './decimal.ts'
import type { Parsed } from './parse.ts'

/**
 * A quantity the way Kubernetes holds it, with what that does: a small one is an integer of 64 bits and a
 * power of ten, a large one a decimal number, which is never "an integer". Comparing a small one with a large
 * one makes it large, and adding to a large one changes that one too: its number is shared.
 */
export interface Amount {
  small: Decimal
  large: { decimal: Decimal } | undefined
  /** Made by `add` or `sub`: Go points to it then, and finds no such thing on the right of `==`. */
  readonly isComputed: boolean
}

const tooFarApart = (): CelError =>
  celError('Cannot compute with quantities that are more than 100,000 digits apart')

/** The amount that was read. */
export function amountOf({ kind, decimal }: Parsed): Amount {
  const large = kind === 'large' ? { decimal } : undefined
  return { small: large === undefined ? decimal : zero, large, isComputed: false }
}

/** An integer, as `add` and `sub` take one. */
export function amountOfInt(value: bigint): Amount {
  return { small: { unscaled: value, scale: 0 }, large: undefined, isComputed: false }
}

const zero: Decimal = { unscaled: 0n, scale: 0 }

/** The number itself. */
export function decimalOf({ small, large }: Amount): Decimal {
  return large?.decimal ?? small
}

/** The order of two amounts; the first becomes large if the other is. */
export function compareTo(amount: Amount, other: Amount): -1 | 0 | 1 | CelError {
  if (amount.large !== undefined || other.large !== undefined) enlarge(amount)
  return order(amount, other)
}

/** The order of two amounts, which stay as they are. */
export function order(amount: Amount, other: Amount): -1 | 0 | 1 | CelError {
  const pair = aligned(decimalOf(amount), decimalOf(other))
  if (pair === undefined) return tooFarApart()
  const [a, b] = pair
  return a < b ? -1 : a > b ? 1 : 0
}

/** The sum. */
export function sum(amount: Amount, other: Amount): Amount | CelError {
  return combine(amount, other, other.small)
}

/** The difference. The smallest integer of 64 bits has no negative in Go and is subtracted as it is. */
export function difference(amount: Amount, other: Amount): Amount | CelError {
  const { unscaled, scale } = other.small
  return combine(amount, other, { unscaled: BigInt.asIntN(64, -unscaled), scale }, -1n)
}

function combine(
  amount: Amount,
  other: Amount,
  added: Decimal,
  sign: 1n | -1n = 1n,
): Amount | CelError {
  const isSmall = amount.large === undefined && other.large === undefined
  const small = isSmall ? addSmall(amount.small, added) : undefined
  if (small !== undefined) return { small, large: undefined, isComputed: true }
  const pair = aligned(decimalOf(amount), decimalOf(other))
  if (pair === undefined) return tooFarApart()
  const [a, b, scale] = pair
  const large = amount.large ?? { decimal: zero }
  large.decimal = { unscaled: a + sign * b, scale }
  return { small: zero, large, isComputed: true }
}

/** The sum if 64 bits hold it and what it takes to get there. */
function addSmall(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.unscaled === 0n) return a
  if (a.unscaled === 0n) return b
  const pair = aligned(a, b)
  if (pair === undefined) return undefined
  const [x, y, scale] = pair
  return isInt(x) && isInt(y) && isInt(x + y) ? { unscaled: x + y, scale } : undefined
}

/** The amount as an integer of 64 bits; undefined if it is none, or large. */
export function integerOf({ small, large }: Amount): bigint | undefined {
  const { unscaled, scale } = small
  if (large !== undefined || scale > 0) return undefined
  if (unscaled === 0n || scale === 0) return unscaled
  if (scale < -19) return undefined
  const value = unscaled * 10n ** BigInt(-scale)
  return isInt(value) ? value : undefined
}

function enlarge(amount: Amount): void {
  if (amount.large !== undefined) return
  amount.large = { decimal: amount.small }
  amount.small = zero
}

function isInt(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
