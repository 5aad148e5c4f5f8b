import { formatPlain } from '../../run/go-number.ts'
import type { CelDuration, CelTimestamp } from '../../value.ts'

/** A duration in seconds, as `string()` writes it: `5400s`, `0.001s`. */
export function durationText({ nanos }: CelDuration): string {
  const seconds = Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9
  return `${formatPlain(seconds)}s`
}

/** A time in RFC 3339 with as many digits as needed, in the zone that it was written in. */
export function timestampText({ seconds, nanos, offset = 0 }: CelTimestamp): string {
  const local = new Date((Number(seconds) + offset) * 1000)
  const year = local.getUTCFullYear().toString().padStart(4, '0')
  const [date] = local.toISOString().split('.')
  const rest = (date ?? '').replace(/^[+-]?\d+/, '')
  const fraction = nanos === 0 ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`
  return year + rest + fraction + zoneText(offset)
}

function zoneText(offset: number): string {
  if (offset === 0) return 'Z'
  const minutes = Math.trunc(Math.abs(offset) / 60)
  const hour = Math.trunc(minutes / 60)
  return `${offset < 0 ? '-' : '+'}${twoDigits(hour)}:${twoDigits(minutes % 60)}`
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0')
}
