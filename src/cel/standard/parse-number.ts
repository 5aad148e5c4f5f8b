const yes: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const no: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** A bool as Go's `ParseBool` reads it; undefined if it is none, as for all functions here. */
export function parseBool(text: string): boolean | undefined {
  if (yes.has(text)) return true
  return no.has(text) ? false : undefined
}

/** A decimal int within 64 bits; a sign is fine, blanks and underscores are not. */
export function parseInt64(text: string): bigint | undefined {
  // More digits than any int has: BigInt takes quadratic time on long ones.
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const digits = text.replace(/^[+-]/, '').replace(/^0+/, '')
  if (digits.length > 20) return undefined
  const value = BigInt(digits === '' ? '0' : digits) * (text.startsWith('-') ? -1n : 1n)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** A decimal uint within 64 bits, without a sign. */
export function parseUint64(text: string): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined
  const digits = text.replace(/^0+/, '')
  if (digits.length > 20) return undefined
  const value = BigInt(digits === '' ? '0' : digits)
  return BigInt.asUintN(64, value) === value ? value : undefined
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/

/** A double as Go's `ParseFloat` reads it: also hexadecimal, `Inf` and `NaN`; not what is too large. */
export function parseDouble(text: string): number | undefined {
  const special = /^(?:([+-]?)inf(?:inity)?|nan)$/i.exec(text)
  if (special !== null) {
    if (special[1] === undefined) return Number.NaN
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const plain = withoutUnderscores(text)
  if (plain === undefined) return undefined
  const value = decimal.test(plain) ? Number(plain) : parseHexadecimal(plain)
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

/** Go lets underscores stand between digits. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes('_')) return text
  const isHexadecimal = /^[+-]?0[xX]/.test(text)
  const digit = isHexadecimal ? '[0-9a-fA-FxX]' : '[0-9]'
  const between = new RegExp(`(?<=${digit})_(?=${digit})`, 'g')
  const plain = text.replaceAll(between, '')
  return plain.includes('_') ? undefined : plain
}

function parseHexadecimal(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = ''] = hexadecimal.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  if (sign === undefined || whole + fraction === '') return undefined
  const power = Number(exponent) - 4 * fraction.length
  // In two steps, since 2 ** power alone may be too large or too small for what the whole is not.
  const half = Math.trunc(power / 2)
  const value = Number(`0x${digits === '' ? '0' : digits}`) * 2 ** half * 2 ** (power - half)
  return sign === '-' ? -value : value
}
