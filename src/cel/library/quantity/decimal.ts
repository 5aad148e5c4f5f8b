/** A decimal number of any size: `unscaled` × 10^-`scale`, the scale within 32 bits. */
export interface Decimal {
  readonly unscaled: bigint
  readonly scale: number
}

/**
 * The most digits that a number is moved by. Go has no limit: a claim of a few characters makes it compute
 * 10^2147483647.
 */
export const maxShift = 100_000

/** Both with the larger scale of the two, or undefined if they are too far apart. */
export function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] | undefined {
  const scale = Math.max(a.scale, b.scale)
  if (scale - Math.min(a.scale, b.scale) > maxShift) return undefined
  return [shifted(a, scale), shifted(b, scale), scale]
}

/** Rounded away from zero to nine places, as a quantity is stored; undefined for one that is too large. */
export function toNano({ unscaled, scale }: Decimal): Decimal | undefined {
  const shift = 9 - scale
  if (Math.abs(shift) > maxShift) return undefined
  if (shift >= 0) return { unscaled: shifted({ unscaled, scale }, 9), scale: 9 }
  const divisor = 10n ** BigInt(-shift)
  const quotient = unscaled / divisor
  const isExact = quotient * divisor === unscaled
  const away = unscaled < 0n ? -1n : 1n
  return { unscaled: isExact ? quotient : quotient + away, scale: 9 }
}

/** The nearest double, computed in the two steps that Go takes, each of which rounds. */
export function toDouble({ unscaled, scale }: Decimal): number {
  const base = Number(unscaled)
  return scale === 0 ? base : base * powerOfTen(-scale)
}

/** As Go's math.Pow10: a product of two powers, which is not always the nearest double. */
function powerOfTen(exponent: number): number {
  if (exponent < -323) return 0
  if (exponent > 308) return Number.POSITIVE_INFINITY
  const size = Math.abs(exponent)
  const coarse = Math.trunc(size / 32) * 32
  const fine = Number(`1e${size - coarse}`)
  return exponent < 0 ? Number(`1e-${coarse}`) / fine : Number(`1e${coarse}`) * fine
}

function shifted({ unscaled, scale }: Decimal, to: number): bigint {
  return to === scale ? unscaled : unscaled * 10n ** BigInt(to - scale)
}
