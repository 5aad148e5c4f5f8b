import type { ScalarReading } from './yaml-dialect.ts'
import { kubernetesScalar } from './yaml-scalars.ts'

const long = 'tag:yaml.org,2002:'

/**
 * A scalar with a tag, as go-yaml 2 resolves it: the types that it knows are held to what is written,
 * quoted or not; whatever it does not know is a string.
 */
export function kubernetesTag(tag: string, text: string): ScalarReading {
  const plain = kubernetesScalar(text)
  const name = tag.startsWith(long) ? tag.slice(long.length) : ''
  if (name === 'binary') return readBinary(text)
  const fits = known.get(name)
  if (fits === undefined) return { ok: true, value: text }
  if (fits(plain, text)) return { ok: true, value: name === 'timestamp' ? text : plain }
  return { ok: false, message: `must be what its tag says, !!${name}` }
}

const known: ReadonlyMap<string, (value: unknown, text: string) => boolean> = new Map([
  ['bool', (value) => typeof value === 'boolean'],
  ['int', (value, text) => typeof value === 'number' && !/[.eE]/.test(hexless(text))],
  ['float', (value) => typeof value === 'number'],
  ['null', (value) => value === null],
  ['timestamp', (_, text) => isTimestamp(text)],
])

/** In hexadecimal digits an `e` is no exponent. */
function hexless(text: string): string {
  return /^[-+]?0[xX]/.test(text) ? '' : text
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[-+](\d\d):(\d\d)))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?))?$/

/** In one of the four layouts that go-yaml tries, and a day that there is. */
function isTimestamp(text: string): boolean {
  const found = timestamp.exec(text)
  if (found === null) return false
  const [year = 0, month = 0, day = 0, ...times] = found
    .slice(1)
    .map((part: string | undefined) => Number(part ?? '0'))
  const [hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0, ...local] = times
  const [localHour = 0, localMinute = 0, localSecond = 0] = local
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return (
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    Math.max(hour, localHour) < 24 &&
    Math.max(minute, second, localMinute, localSecond) < 60 &&
    zoneHour <= 24 &&
    zoneMinute <= 60
  )
}

function readBinary(text: string): ScalarReading {
  const bare = text.replaceAll(/[\r\n]/g, '')
  const bytes = Buffer.from(bare, 'base64')
  if (bytes.toString('base64') === bare) return { ok: true, value: bytes.toString('utf8') }
  return { ok: false, message: 'must be what its tag says, !!binary' }
}
