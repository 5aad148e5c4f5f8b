import { isList } from '../../run/kind.ts'
import { type CelError, type CelList, type CelValue, celError } from '../../value.ts'

/** The elements from `start` up to `end`, which must both be in the list. */
export function slice(list: CelList, start: bigint, end: bigint): CelList | CelError {
  if (start < 0n || end < start || end > BigInt(list.length)) {
    return celError(`Cannot slice a list of ${list.length} from ${start} to ${end}`)
  }
  return list.slice(Number(start), Number(end))
}

/** The elements of lists within the list in their place, `depth` levels deep. */
export function flatten(list: CelList, depth: bigint): CelList | CelError {
  if (depth < 0n) return celError(`Cannot flatten: the depth ${depth} is negative`)
  const flat: CelValue[] = []
  // A stack of our own: a claim can nest lists deeper than JavaScript calls.
  const open = [list.values()]
  for (;;) {
    const next = open.at(-1)?.next()
    if (next === undefined) return flat
    if (next.done === true) open.pop()
    else if (isList(next.value) && BigInt(open.length) <= depth) open.push(next.value.values())
    else flat.push(next.value)
  }
}
