import { type CelError, type CelList, nativeStrings } from '../../value.ts'
import { boundedText } from '../bounded-text.ts'

/** With `old` replaced from the left, at most `limit` times unless that is negative. */
export function replace(
  text: string,
  { old, by, limit }: { old: string; by: string; limit: bigint },
): string | CelError {
  if (old === '') return spread(text, { by, limit })
  const parts = cut(text, { separator: old, limit: limit < 0n ? limit : limit + 1n })
  const length = text.length + (parts.length - 1) * (by.length - old.length)
  return boundedText(length, () => parts.join(by))
}

/** Go finds an empty text before each character and, if it still may, at the end. */
function spread(text: string, { by, limit }: { by: string; limit: bigint }): string | CelError {
  if (limit === 0n) return text
  const places = cut(text, { separator: '', limit })
  const isWhole = limit < 0n || limit > BigInt(places.length)
  const length = text.length + (places.length + 1) * by.length
  return boundedText(length, () => ['', ...places].join(by) + (isWhole ? by : ''))
}

/** The parts between the separators, at most `limit` unless that is negative; the last is what is left. */
export function split(
  text: string,
  { separator, limit }: { separator: string; limit: bigint },
): CelList {
  return nativeStrings(cut(text, { separator, limit }))
}

function cut(
  text: string,
  { separator, limit }: { separator: string; limit: bigint },
): readonly string[] {
  // An empty separator cuts into code points; JavaScript would cut pairs of surrogates.
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  if (limit < 0n || BigInt(parts.length) <= limit) return parts
  if (limit === 0n) return []
  const count = Number(limit) - 1
  return [...parts.slice(0, count), parts.slice(count).join(separator)]
}
