const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `300ms`, `90s`, `5m` or `12h` in milliseconds. The schema has already seen to the form. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^([0-9]+)(ms|s|m|h)$/.exec(text) ?? []
  const factor = unitMs[unit ?? '']
  if (amount === undefined || factor === undefined) {
    throw new RangeError(`Cannot read a duration: "${text}" is none`)
  }
  return Number(amount) * factor
}
