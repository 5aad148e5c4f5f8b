import { isList } from '../../run/kind.ts'
import { chargeWork, type Meter } from '../../run/work.ts'
import { type CelError, type CelList, type CelValue, celError } from '../../value.ts'

/** The elements from `start` up to `end`, which must both be in the list. */
export function slice(list: CelList, start: bigint, end: bigint): CelList | CelError {
  if (start < 0n || end < start || end > BigInt(list.length)) {
    return celError(`Cannot slice a list of ${list.length} from ${start} to ${end}`)
  }
  return list.slice(Number(start), Number(end))
}

/** What an element takes to be put in its place. */
const perElement = 300

/** The elements of lists within the list in their place, `depth` levels deep. */
export function flatten(
  list: CelList,
  { depth, meter }: { depth: bigint; meter: Meter },
): CelList | CelError {
  if (depth < 0n) return celError(`Cannot flatten: the depth ${depth} is negative`)
  const levels = Number(depth)
  const flat: CelValue[] = []
  // A stack of our own: a claim can nest lists deeper than JavaScript calls.
  chargeWork(meter, list.length * perElement)
  const open = [list.values()]
  for (;;) {
    const next = open.at(-1)?.next()
    if (next === undefined) return flat
    if (next.done === true) open.pop()
    else if (isList(next.value) && open.length <= levels) {
      chargeWork(meter, next.value.length * perElement)
      open.push(next.value.values())
    } else flat.push(next.value)
  }
}
