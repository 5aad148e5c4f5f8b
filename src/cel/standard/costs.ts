import type { Cost } from '../library.ts'
import { costSize } from '../run/size.ts'
import { chargeWork, type Meter } from '../run/work.ts'
import type { CelValue } from '../value.ts'

/** What cel-go counts for a character that is looked at. */
const perCharacter = 0.1
/** What it counts for a character of a pattern: a quarter of an instruction. */
const perPatternCharacter = 0.25

/** Walks the first operand. */
export const firstOperand: Cost = ([first = null]) => Math.ceil(costSize(first) * perCharacter)

/** Walks both until the shorter one ends. */
export const shorterOperand: Cost = ([first = null, second = null], _, meter) =>
  Math.ceil(shorterSize(first, second, meter) * perCharacter)

/** Up to this length a text is counted in no time. */
const shortText = 64

/** Without counting the code points of a text that is longer in any case. */
function shorterSize(first: CelValue, second: CelValue, meter: Meter): number {
  if (typeof first !== 'string' || typeof second !== 'string') {
    return Math.min(costSize(first), costSize(second))
  }
  if (first.length > second.length) return shorterSize(second, first, meter)
  if (first.length > shortText) chargeWork(meter, first.length)
  const size = costSize(first)
  if (second.length >= 2 * size) return size
  if (first.length > shortText) chargeWork(meter, second.length)
  return Math.min(size, costSize(second))
}

/** Copies both. */
export const bothOperands: Cost = ([first = null, second = null]) =>
  Math.ceil((costSize(first) + costSize(second)) * perCharacter)

/** Looks for the second at each place of the first. */
export const search: Cost = ([first = null, second = null]) =>
  Math.ceil(costSize(first) * perCharacter) * Math.ceil(costSize(second) * perCharacter)

/** Runs each instruction of a pattern over each character of a text. */
export const matching: Cost = ([text = null, pattern = null]) =>
  Math.ceil((1 + costSize(text)) * perCharacter) *
  Math.ceil(costSize(pattern) * perPatternCharacter)

/** Looks at each element of the list that is the second operand. */
export const elements: Cost = ([, list = null]) => costSize(list)

/** As {@link shorterOperand}, but 1 for a type of Kubernetes' own on the left. */
export const equality: Cost = ([first = null, second = null], result, meter) =>
  typeof first === 'object' && first !== null && 'kind' in first && first.kind === 'opaque'
    ? 1
    : shorterOperand([first, second], result, meter)
