import { exactDecimal, places, rounded, shortestDecimal } from './decimal.ts'

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/**
 * What golang.org/x/text prints for a verb whose width or precision has so many digits that it gives up.
 */
const noVerb = '%!(NOVERB)'

/**
 * `%f` as golang.org/x/text prints it in English: groups of three digits, `∞`. It keeps the precision in
 * a signed 16 bit number for the digits that there are and in 8 bits for the zeros after them.
 */
export function fixed(value: number, precision: bigint): string {
  if (!isReadable(precision)) return noVerb
  const special = specialText(value)
  if (special !== undefined) return special
  const most = Number(BigInt.asIntN(16, precision))
  const least = Number(BigInt.asUintN(8, precision))
  const exact = exactDecimal(value)
  const decimal = most < 0 ? shortestDecimal(value) : rounded(exact, exact.point + most)
  const [whole, fraction] = places(decimal, least)
  const grouped = whole.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',')
  // A negative zero has no sign here.
  return (value < 0 ? '-' : '') + grouped + (fraction && `.${fraction}`)
}

/**
 * `%e` as golang.org/x/text prints it in English: `1.234568×10⁰⁶`. cel-go gives the precision as a
 * width, so the mantissa always has six digits after its point and blanks come before it; the width is
 * kept in 16 bits.
 */
export function scientific(value: number, precision: bigint): string {
  if (!isReadable(precision)) return noVerb
  const width = Number(BigInt.asUintN(16, precision))
  const text = specialText(value) ?? mantissaAndExponent(value)
  return text.padStart(width, ' ')
}

function mantissaAndExponent(value: number): string {
  const { digits, point } = rounded(exactDecimal(value), 7)
  const mantissa = digits.padEnd(7, '0')
  const exponent = digits === '' ? 0 : point - 1
  const size = Math.abs(exponent).toString().padStart(2, '0')
  const raised = size.replaceAll(/\d/g, (digit) => superscripts.charAt(Number(digit)))
  const sign = value < 0 ? '-' : ''
  return `${sign}${mantissa.charAt(0)}.${mantissa.slice(1)}×10${exponent < 0 ? '⁻' : ''}${raised}`
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return undefined
  return value < 0 ? '-∞' : '∞'
}

/** Go reads a number digit by digit and stops once it was over a million. */
function isReadable(precision: bigint): boolean {
  return precision / 10n <= 1_000_000n
}
