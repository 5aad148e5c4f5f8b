import { chargeWork, type Meter } from '../run/work.ts'
import { timeZoneAliases } from './time-zone-aliases.ts'

/**
 * How many seconds east of UTC a zone is at a time; an error text if there is no such zone. A zone is a
 * name of the IANA database in its spelling, or hours and minutes (`-08:00`).
 */
export type OffsetOf = (
  zone: string,
  epochSeconds: number,
  meter: Meter,
) => number | { readonly message: string }

/** What it takes to make a format, and to ask one. */
const makingWork = 100_000
const askingWork = 6000

/** Formats that are kept: each takes tens of kilobytes, and a claim may name the zone. */
const maxFormats = 16

/** Looks zones up, and keeps some. */
export function createOffsetOf(): OffsetOf {
  const formats = new Map<string, Intl.DateTimeFormat>()
  let names: ReadonlySet<string> | undefined
  return (zone, epochSeconds, meter) => {
    if (zone.includes(':')) return fixedOffset(zone)
    // Go's "Local" is that of the server, which is UTC in the image of kube-apiserver.
    if (zone === '' || zone === 'UTC' || zone === 'Local') return 0
    names ??= new Set([...Intl.supportedValuesOf('timeZone'), ...timeZoneAliases])
    if (!names.has(zone)) return { message: `unknown time zone ${zone}` }
    chargeWork(meter, askingWork + (formats.has(zone) ? 0 : makingWork))
    const format = formats.get(zone) ?? offsetFormat(zone)
    formats.set(zone, format)
    const [oldest] = formats.keys()
    if (formats.size > maxFormats && oldest !== undefined) formats.delete(oldest)
    return offsetIn(format, epochSeconds)
  }
}

function fixedOffset(zone: string): number | { readonly message: string } {
  const at = zone.indexOf(':')
  const [hours, minutes] = [zone.slice(0, at), zone.slice(at + 1)]
  if (!isGoInteger(hours) || !isGoInteger(minutes)) return { message: `invalid time zone ${zone}` }
  const sign = zone.startsWith('-') ? -1 : 1
  return (Number(hours) * 60 + sign * Number(minutes)) * 60
}

/** What `Atoi` takes, within what a time can be shifted by. */
function isGoInteger(text: string): boolean {
  return /^[+-]?[0-9]{1,9}$/.test(text)
}

function offsetFormat(zone: string): Intl.DateTimeFormat {
  // The one name that Intl does not know: a zone without any offset.
  const timeZone = zone === 'Factory' ? 'UTC' : zone
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
}

/** Reads `GMT`, `GMT-08:00` or `GMT-04:56:02`. */
function offsetIn(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const parts = format.formatToParts(epochSeconds * 1000)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT([+-])([0-9]+):([0-9]+)(?::([0-9]+))?/.exec(name) ?? []
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '-' ? -offset : offset
}
