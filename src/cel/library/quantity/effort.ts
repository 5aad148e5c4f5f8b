import { callWork } from '../../run/weight.ts'
import type { CelValue } from '../../value.ts'
import { type Amount, decimalOf } from './amount.ts'
import { maxShift } from './decimal.ts'

/** What reading a quantity and computing with it take besides its digits. */
const perQuantity = 2000
/** What a character and the square of the digits take: long numbers are multiplied digit by digit. */
const perCharacter = 30
const perSquare = 1 / 500

/** The work of reading a quantity: `1e90000` is a number of as many digits. */
export function readingWork([text = null]: readonly CelValue[]): number {
  if (typeof text !== 'string') return callWork
  const [, exponent = '0'] = /[eE][+-]?0*(\d+)$/.exec(text.slice(-20)) ?? []
  return perQuantity + text.length * perCharacter + digitsWork(text.length + Number(exponent))
}

/** The work of computing with amounts, which gives them all the same number of digits. */
export function amountsWork(...amounts: readonly Amount[]): number {
  const decimals = amounts.map(decimalOf)
  const scales = decimals.map(({ scale }) => scale)
  const apart = Math.max(0, ...scales) - Math.min(0, ...scales)
  return decimals.reduce(
    (work, { unscaled }) => work + digitsWork(digitsOf(unscaled) + apart),
    perQuantity,
  )
}

function digitsWork(digits: number): number {
  return Math.min(digits, 2 * maxShift) ** 2 * perSquare
}

function digitsOf(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return 20
  return value.toString(16).length * 1.25
}
