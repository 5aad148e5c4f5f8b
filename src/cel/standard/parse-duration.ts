const unitNanos: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  // The micro sign and the Greek letter.
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

const limit = 2n ** 63n

/** One number with its unit; what has no unit fails after one look at each digit. */
const part = /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/y

/**
 * The nanoseconds of a duration such as `1h30m` or `-1.5s`, as Go's `ParseDuration` reads it; undefined
 * if it is none, or over 64 bits.
 */
export function parseDuration(text: string): bigint | undefined {
  const isNegative = text.startsWith('-')
  const rest = text.replace(/^[+-]/, '')
  if (rest === '0') return 0n
  const total = sumOfParts(rest)
  if (total === undefined || total > limit) return undefined
  if (isNegative) return -total
  return total === limit ? undefined : total
}

function sumOfParts(text: string): bigint | undefined {
  if (text === '') return undefined
  let total = 0n
  let at = 0
  while (at < text.length) {
    part.lastIndex = at
    const match = part.exec(text)
    const nanos = match === null ? undefined : nanosOf(match)
    if (match === null || nanos === undefined) return undefined
    total += nanos
    if (total > limit) return undefined
    at += match[0].length
  }
  return total
}

function nanosOf([, whole = '', fraction = '', unit = '']: RegExpExecArray): bigint | undefined {
  const nanos = unitNanos.get(unit)
  if (nanos === undefined || whole + fraction === '') return undefined
  const digits = whole.replace(/^0+/, '')
  // 2⁶³ has 19 digits; BigInt takes quadratic time on long ones.
  if (digits.length > 19) return undefined
  const value = BigInt(digits === '' ? '0' : digits) * nanos
  return value > limit ? undefined : value + fractionOf(fraction, nanos)
}

/** Go multiplies fractions as doubles, of as many digits as fit into 63 bits, and cuts what is left. */
function fractionOf(fraction: string, nanos: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of fraction) {
    const next = value * 10n + BigInt(digit)
    if (value > (limit - 1n) / 10n || next > limit) break
    value = next
    scale *= 10
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(nanos) / scale)))
}
