const units: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
  us: 1e-6,
  ns: 1e-9,
}

/** A duration as Go reads it, such as `1m30s`, in seconds; undefined for what is none. */
export function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|ns))+$/.test(text)) return undefined
  const parts = text.matchAll(/(?<amount>[\d.]+)(?<unit>h|ms|m|s|us|ns)/g)
  return [...parts].reduce((sum, { groups }) => {
    return sum + Number(groups?.['amount']) * (units[groups?.['unit'] ?? ''] ?? 0)
  }, 0)
}
