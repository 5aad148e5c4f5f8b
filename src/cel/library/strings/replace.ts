import { chargeWork, type Meter } from '../../run/work.ts'
import { type CelError, type CelList, nativeStrings } from '../../value.ts'
import { boundedText, maxTextLength } from '../bounded-text.ts'

/** With `old` replaced from the left, at most `limit` times unless that is negative. */
export function replace(
  text: string,
  { old, by, limit, meter }: { old: string; by: string; limit: bigint; meter: Meter },
): string | CelError {
  if (old === '') return spread(text, { by, limit, meter })
  const most = limit < 0n ? limit : limit + 1n
  const parts = cut(text, { separator: old, limit: most, meter })
  const length = text.length + (parts.length - 1) * (by.length - old.length)
  return joined(length, { meter, make: () => parts.join(by) })
}

/** Go finds an empty text before each character and, if it still may, at the end. */
function spread(
  text: string,
  { by, limit, meter }: { by: string; limit: bigint; meter: Meter },
): string | CelError {
  if (limit === 0n) return text
  const places = cut(text, { separator: '', limit, meter })
  const isWhole = limit < 0n || limit > BigInt(places.length)
  const length = text.length + (places.length + 1) * by.length
  return joined(length, { meter, make: () => ['', ...places].join(by) + (isWhole ? by : '') })
}

/** The parts between the separators, at most `limit` unless that is negative; the last is what is left. */
export function split(text: string, cutting: Cutting): CelList {
  return nativeStrings(cut(text, cutting))
}

function joined(
  length: number,
  { make, meter }: { make: () => string; meter: Meter },
): string | CelError {
  chargeWork(meter, Math.min(length, maxTextLength))
  return boundedText(length, make)
}

interface Cutting {
  readonly separator: string
  readonly limit: bigint
  readonly meter: Meter
}

/** What a part takes to be cut out, and to be joined again. */
const perPart = 150

function cut(text: string, { separator, limit, meter }: Cutting): readonly string[] {
  // An empty separator cuts into code points; JavaScript would cut pairs of surrogates.
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  chargeWork(meter, parts.length * perPart)
  if (limit < 0n || BigInt(parts.length) <= limit) return parts
  if (limit === 0n) return []
  const count = Number(limit) - 1
  return [...parts.slice(0, count), parts.slice(count).join(separator)]
}
