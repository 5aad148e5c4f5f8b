import { type CelDuration, type CelError, type CelTimestamp, celError } from '../value.ts'
import { int } from './integers.ts'

const second = 1_000_000_000n

/** Seconds from the epoch to 0001-01-01 and to the last of 9999. */
const minSeconds = -62135596800n
const maxSeconds = 253402300799n

/** A duration, or an overflow of its 64 bits. */
export function duration(nanos: bigint): CelDuration | CelError {
  const checked = int(nanos)
  return typeof checked === 'bigint' ? { kind: 'duration', nanos: checked } : checked
}

/** A point in time, or an overflow: outside of the years 1 to 9999. */
export function timestamp(
  seconds: bigint,
  { nanos, offset = 0 }: { nanos: number; offset?: number },
): CelTimestamp | CelError {
  if (seconds < minSeconds || seconds > maxSeconds) return celError('timestamp overflow')
  const time = { kind: 'timestamp', seconds, nanos } as const
  return offset === 0 ? time : { ...time, offset }
}

/** The time that is so much later; it keeps its offset. */
export function later(time: CelTimestamp, nanos: bigint): CelTimestamp | CelError {
  const total = time.seconds * second + BigInt(time.nanos) + nanos
  const within = ((total % second) + second) % second
  const offset = time.offset ?? 0
  return timestamp((total - within) / second, { nanos: Number(within), offset })
}

/** The time that is so much earlier. */
export function earlier(time: CelTimestamp, nanos: bigint): CelTimestamp | CelError {
  const negated = int(-nanos)
  return typeof negated === 'bigint' ? later(time, negated) : negated
}

/** How much later the first is. */
export function between(a: CelTimestamp, b: CelTimestamp): CelDuration | CelError {
  // Checked in steps as cel-go does: whole seconds that do not fit are an overflow, whatever the rest is.
  const seconds = int((a.seconds - b.seconds) * second)
  if (typeof seconds !== 'bigint') return seconds
  return duration(seconds + BigInt(a.nanos - b.nanos))
}
