/** A double as Go's `%g` has it: shortest digits, an exponent below 1e-04 and from 1e+06 on. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  // Both languages write the shortest digits that read back as the same number.
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  return power < -4 || power >= 6 ? `${digits}e${signed(power)}` : formatPlain(value)
}

/** A double without an exponent and with no more digits than needed: Go's `FormatFloat(x, 'f', -1, 64)`. */
export function formatPlain(value: number): string {
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const at = text.indexOf('e')
  if (at === -1) return text
  const power = Number(text.slice(at + 1))
  const sign = value < 0 ? '-' : ''
  const digits = text.slice(sign.length, at).replace('.', '')
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`
  return sign + digits.padEnd(power + 1, '0')
}

function signed(power: number): string {
  const digits = String(Math.abs(power)).padStart(2, '0')
  return `${power < 0 ? '-' : '+'}${digits}`
}
