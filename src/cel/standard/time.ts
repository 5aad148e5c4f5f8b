import type { Library, Overload } from '../library.ts'
import type { Meter } from '../run/work.ts'
import { durationType, intType, stringType, timestampType } from '../type.ts'
import {
  type CelDuration,
  type CelError,
  type CelTimestamp,
  type CelValue,
  celError,
} from '../value.ts'
import { secondsOf } from './convert.ts'
import { createOffsetOf, type OffsetOf } from './time-zone.ts'

/** Reads a part of a time, given as if its local time were UTC. */
type Part = (local: Date, time: CelTimestamp) => number

const hourNanos = 3_600_000_000_000n
const minuteNanos = 60_000_000_000n

/** In double precision, as Go's `Hours()`: near a whole hour after centuries it rounds up. */
function units(nanos: bigint, unit: bigint): bigint {
  return BigInt(Math.trunc(Number(nanos / unit) + Number(nanos % unit) / Number(unit)))
}

interface Getter {
  /** The end of its overloads' ids. */
  readonly suffix: string
  readonly part: Part
  /** Where cel-go's id for the overload with a zone is not the suffix and `_with_tz`. */
  readonly zonedSuffix?: string
  readonly ofDuration?: (nanos: bigint) => bigint
}

const getters: Readonly<Record<string, Getter>> = {
  getFullYear: { suffix: 'year', part: (local) => local.getUTCFullYear() },
  getMonth: { suffix: 'month', part: (local) => local.getUTCMonth() },
  getDayOfYear: { suffix: 'day_of_year', part: dayOfYear },
  getDayOfMonth: { suffix: 'day_of_month', part: (local) => local.getUTCDate() - 1 },
  getDate: { suffix: 'day_of_month_1_based', part: (local) => local.getUTCDate() },
  getDayOfWeek: { suffix: 'day_of_week', part: (local) => local.getUTCDay() },
  getHours: {
    suffix: 'hours',
    part: (local) => local.getUTCHours(),
    ofDuration: (nanos) => units(nanos, hourNanos),
  },
  getMinutes: {
    suffix: 'minutes',
    part: (local) => local.getUTCMinutes(),
    ofDuration: (nanos) => units(nanos, minuteNanos),
  },
  getSeconds: {
    suffix: 'seconds',
    zonedSuffix: 'seconds_tz',
    part: (local) => local.getUTCSeconds(),
    ofDuration: (nanos) => BigInt(Math.trunc(secondsOf(nanos))),
  },
  getMilliseconds: {
    suffix: 'milliseconds',
    part: (_, { nanos }) => Math.trunc(nanos / 1_000_000),
    ofDuration: (nanos) => nanos / 1_000_000n,
  },
}

/** What can be asked of times and durations: `getHours()` and the like. UTC unless a zone is named. */
export function createTimeLibrary(): Library {
  const offsetOf = createOffsetOf()
  return {
    functions: Object.entries(getters).map(([name, getter]) => ({
      name,
      overloads: [...ofTimestamp(getter, offsetOf), ...ofDuration(getter)],
    })),
  }
}

function ofTimestamp(getter: Getter, offsetOf: OffsetOf): readonly Overload[] {
  const { suffix, part, zonedSuffix = `${suffix}_with_tz` } = getter
  const read = (time: CelValue | undefined, zone: string, meter: Meter): CelValue | CelError => {
    if (!isTimestamp(time)) return celError('no such overload')
    const offset = offsetOf(zone, Number(time.seconds), meter)
    if (typeof offset !== 'number') return celError(offset.message)
    return BigInt(part(localDate(time, offset), time))
  }
  return [
    {
      id: `timestamp_to_${suffix}`,
      isMember: true,
      parameters: [timestampType],
      result: intType,
      call: ([time], { meter }) => read(time, 'UTC', meter),
    },
    {
      id: `timestamp_to_${zonedSuffix}`,
      isMember: true,
      parameters: [timestampType, stringType],
      result: intType,
      call: ([time, zone], { meter }) => read(time, typeof zone === 'string' ? zone : '', meter),
    },
  ]
}

function ofDuration({ suffix, ofDuration: read }: Getter): readonly Overload[] {
  if (read === undefined) return []
  return [
    {
      id: `duration_to_${suffix}`,
      isMember: true,
      parameters: [durationType],
      result: intType,
      call: ([value]) => (isDuration(value) ? read(value.nanos) : celError('no such overload')),
    },
  ]
}

function isTimestamp(value: CelValue | undefined): value is CelTimestamp {
  return isKinded(value) && value.kind === 'timestamp'
}

function isDuration(value: CelValue | undefined): value is CelDuration {
  return isKinded(value) && value.kind === 'duration'
}

function isKinded(value: CelValue | undefined): value is CelTimestamp | CelDuration {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function localDate({ seconds }: CelTimestamp, offset: number): Date {
  return new Date((Number(seconds) + offset) * 1000)
}

function dayOfYear(local: Date): number {
  const start = new Date(local)
  start.setUTCMonth(0, 1)
  return Math.round((local.getTime() - start.getTime()) / 86_400_000)
}
