import type { CelError, CelTimestamp } from '../value.ts'
import { timestamp } from './time-arithmetic.ts'

const rfc3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/

/**
 * A time as Go's `time.Parse(time.RFC3339, …)` reads it, with what it lets through besides
 * {@link https://www.rfc-editor.org/rfc/rfc3339#section-5.6 RFC 3339 §5.6}: an hour of one digit, a comma
 * before the fraction, offsets up to 24:60. Undefined if it is none; an error outside of the years 1 to 9999.
 */
export function parseTimestamp(text: string): CelTimestamp | CelError | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [, , , , , , , fraction = '', sign] = match
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  const [offsetHours = 0, offsetMinutes = 0] = match.slice(9).map((part) => Number(part ?? 0))
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (offsetHours > 24 || offsetMinutes > 60) return undefined
  const offset = (sign === '-' ? -60 : 60) * (offsetHours * 60 + offsetMinutes)
  const local = midnight(year, month, day) + hour * 3600 + minute * 60 + second
  const nanos = Number(fraction.slice(0, 9).padEnd(9, '0'))
  return timestamp(BigInt(local - offset), { nanos, offset })
}

function daysOf(year: number, month: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 0)
  return date.getUTCDate()
}

/** Seconds since the epoch. `Date.UTC` takes the years 0 to 99 for those of the 20th century. */
function midnight(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / 1000
}
