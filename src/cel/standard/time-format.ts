import type { CelTimestamp } from '../value.ts'

/** A time in RFC 3339 with its own offset, and no more digits of a fraction than it needs. */
export function formatTimestamp({ seconds, nanos, offset = 0 }: CelTimestamp): string {
  const local = new Date((Number(seconds) + offset) * 1000)
  // The year is written with at least four digits, unlike JavaScript's after an offset leads out of them.
  const year = String(local.getUTCFullYear()).padStart(4, '0')
  const rest = local.toISOString().slice(-20, -5)
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  return `${year}${rest}${fraction}${formatOffset(offset)}`
}

function formatOffset(offset: number): string {
  if (offset === 0) return 'Z'
  const minutes = Math.abs(offset) / 60
  const [hour, minute] = [Math.trunc(minutes / 60), minutes % 60]
  const digits = [hour, minute].map((part) => String(part).padStart(2, '0')).join(':')
  return `${offset < 0 ? '-' : '+'}${digits}`
}
