import { costSize } from '../run/size.ts'
import type { CelError, CelValue } from '../value.ts'

/** What cel-go counts for a character that is looked at. */
const perCharacter = 0.1
/** What it counts for a character of a pattern: a quarter of an instruction. */
const perPatternCharacter = 0.25

type Cost = (args: readonly CelValue[], result: CelValue | CelError) => number

/** Walks the first operand. */
export const firstOperand: Cost = ([first = null]) => Math.ceil(costSize(first) * perCharacter)

/** Walks both until the shorter one ends. */
export const shorterOperand: Cost = ([first = null, second = null]) =>
  Math.ceil(Math.min(costSize(first), costSize(second)) * perCharacter)

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

/** To look at an element is little work. */
export const someElements: Cost = (args, result) => elements(args, result) / 20

/** As {@link shorterOperand}, but 1 for a type of Kubernetes' own on the left. */
export const equality: Cost = ([first = null, second = null]) =>
  typeof first === 'object' && first !== null && 'kind' in first && first.kind === 'opaque'
    ? 1
    : shorterOperand([first, second], null)
