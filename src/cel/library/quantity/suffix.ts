/** What the number before a suffix is multiplied by: a power of ten or of two. */
export interface Suffix {
  readonly base: 2 | 10
  readonly exponent: number
}

const suffixes: ReadonlyMap<string, Suffix> = new Map([
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((letter, i): [string, Suffix] => [
    letter,
    { base: 10, exponent: (i - 3) * 3 },
  ]),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((letters, i): [string, Suffix] => [
    letters,
    { base: 2, exponent: (i + 1) * 10 },
  ]),
])

const maxInt = 2n ** 63n - 1n

/** Reads `Mi`, `m` or `e-3`. Go cuts the exponent to 32 bits: `e4294967296` is `e0`. */
export function readSuffix(text: string): Suffix | undefined {
  const known = suffixes.get(text)
  if (known !== undefined) return known
  const [, sign = '', digits = ''] = /^[eE]([+-]?)0*(\d+)$/.exec(text) ?? []
  if (digits === '' || digits.length > 19) return undefined
  const exponent = BigInt(`${sign === '-' ? '-' : ''}${digits}`)
  if (exponent > maxInt || exponent < -maxInt - 1n) return undefined
  return { base: 10, exponent: Number(BigInt.asIntN(32, exponent)) }
}
