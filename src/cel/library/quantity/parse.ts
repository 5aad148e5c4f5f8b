import { type Decimal, maxShift, toNano } from './decimal.ts'
import { readSuffix, type Suffix } from './suffix.ts'

/** A quantity as Go holds it: a small one in 64 bits, any other as decimal number that is no integer to it. */
export type Parsed =
  | { readonly kind: 'small'; readonly decimal: Decimal }
  | { readonly kind: 'large'; readonly decimal: Decimal }

interface Fault {
  readonly fault: string
}

/** How many digits Kubernetes expects to fit into 64 bits, with a decimal or a binary suffix. */
const smallDigits = 18
const smallBinaryDigits = 14
const maxInt = 2n ** 63n - 1n

/**
 * Reads a quantity as Kubernetes' resource.ParseQuantity: `1.5Gi`, `200m`, `12e6`, and what slips through
 * there, such as `-` for zero.
 */
export function parseQuantity(text: string): Parsed | Fault {
  // In two steps: one pattern with digits at both ends would take quadratic time to fail.
  const [number = '', sign, digits = '', fraction = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?/.exec(text) ?? []
  const letters = text.slice(number.length)
  if (text === '' || !/^[eEinumkKMGTP]*[+-]?\d*$/.test(letters)) {
    return { fault: 'quantities must be a number with a suffix such as "Mi", "m" or "e3"' }
  }
  const suffix = readSuffix(letters)
  if (suffix === undefined) return { fault: "unable to parse quantity's suffix" }
  const numeral = {
    isNegative: sign === '-',
    whole: digits.replace(/^0+/, '') || '0',
    fraction,
    hasDigits: digits + fraction !== '',
  }
  if (numeral.whole.length + fraction.length > maxShift) {
    return { fault: `a quantity has more than ${maxShift} digits` }
  }
  return readSmall(numeral, suffix) ?? readLarge(numeral, suffix)
}

interface Numeral {
  readonly isNegative: boolean
  readonly whole: string
  readonly fraction: string
  readonly hasDigits: boolean
}

function readSmall(number: Numeral, { base, exponent }: Suffix): Parsed | undefined {
  const { isNegative, whole, fraction } = number
  const count = whole.length + fraction.length
  const isBinary = base === 2
  if (isBinary && (exponent < 0 || fraction !== '')) return undefined
  const spare = isBinary
    ? smallBinaryDigits - whole.length - Math.trunc((exponent * 3) / 10)
    : smallDigits - count
  if (spare < 0) return undefined
  const power = isBinary ? 0 : (exponent - fraction.length) | 0
  if (power < -9) return undefined
  const factor = isBinary ? 1n << BigInt(exponent) : 1n
  const value = BigInt(whole + fraction) * factor
  if (value > maxInt) return undefined
  return { kind: 'small', decimal: { unscaled: isNegative ? -value : value, scale: -power } }
}

function readLarge(number: Numeral, { base, exponent }: Suffix): Parsed | Fault {
  const { isNegative, whole, fraction, hasDigits } = number
  if (!hasDigits) return { fault: 'unable to parse numeric part of quantity' }
  const factor = base === 2 ? 1n << BigInt(exponent) : 1n
  const unscaled = BigInt(whole + fraction) * factor
  // In 32 bits, as there: 1e-2147483648 is a huge number.
  const scale = (fraction.length - (base === 2 ? 0 : exponent)) | 0
  const rounded = unscaled === 0n ? { unscaled, scale } : toNano({ unscaled, scale })
  if (rounded === undefined) return { fault: 'a quantity is too large' }
  const isOver = base === 2 && rounded.unscaled > maxInt * 10n ** 9n
  const decimal = isOver ? { unscaled: maxInt, scale: 0 } : rounded
  return {
    kind: 'large',
    decimal: isNegative ? { ...decimal, unscaled: -decimal.unscaled } : decimal,
  }
}
