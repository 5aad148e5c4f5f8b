/** A number that is not negative, as 0.`digits` × 10^`point`, without zeros at either end; zero has no digits. */
export interface Decimal {
  readonly digits: string
  readonly point: number
}

/** All digits of a double, up to 767: nothing is rounded. */
export function exactDecimal(value: number): Decimal {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, Math.abs(value))
  const raw = bits.getBigUint64(0)
  const fraction = raw & 0xf_ffff_ffff_ffffn
  const exponent = Number((raw >> 52n) & 0x7ffn)
  const mantissa = exponent === 0 ? fraction : fraction | 0x10_0000_0000_0000n
  const shift = Math.max(exponent, 1) - 1075
  // m / 2^n is m · 5^n / 10^n.
  const digits = shift >= 0 ? mantissa << BigInt(shift) : mantissa * 5n ** BigInt(-shift)
  const text = digits.toString()
  return trimmed(text, text.length + Math.min(shift, 0))
}

/** The fewest digits that still mean the same double. */
export function shortestDecimal(value: number): Decimal {
  const [digits = '', exponent = '0'] = Math.abs(value).toExponential().split('e')
  return trimmed(digits.replace('.', ''), Number(exponent) + 1)
}

/** Rounded to its first `count` digits; a tie goes to the even digit, as IEEE 754 and Go have it. */
export function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point }
  if (count < 0) return { digits: '', point: 0 }
  const kept = digits.slice(0, count)
  const next = digits.charAt(count)
  const isOdd = Number(digits.charAt(count - 1)) % 2 === 1
  const isUp = next > '5' || (next === '5' && (digits.length > count + 1 || isOdd))
  if (!isUp) return trimmed(kept, point)
  const increased = (BigInt(kept || '0') + 1n).toString().padStart(count, '0')
  return trimmed(increased, point + increased.length - count)
}

/** Its digits before the point, at least one, and those after it, filled with zeros to `minFraction`. */
export function places({ digits, point }: Decimal, minFraction: number): readonly [string, string] {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  return [whole, (digits === '' ? '' : fraction).padEnd(minFraction, '0')]
}

function trimmed(digits: string, point: number): Decimal {
  const leading = digits.length - digits.replace(/^0+/, '').length
  let end = digits.length
  while (end > leading && digits.charAt(end - 1) === '0') end--
  return end === leading
    ? { digits: '', point: 0 }
    : { digits: digits.slice(leading, end), point: point - leading }
}
