import { isList } from '../run/kind.ts'
import { costSize } from '../run/size.ts'
import { chargeWork, type Meter } from '../run/work.ts'
import type { CelError, CelValue } from '../value.ts'
import { countBytes } from './code-points.ts'

/** cel-go's price of a character that a function looks at. */
export const perCharacter = 0.1
/** cel-go's price of a character of a pattern. */
const perPatternCharacter = 0.25
/** cel-go's price of making a list. */
const listCreation = 10

/** What no evaluation can pay: Kubernetes gives each at most a million. */
export const unpayable = 1_000_000

/** The cost of looking at each character of a value, `passes` times. */
export function characters(value: CelValue | CelError, passes = 1): number {
  return Math.ceil(costSize(value) * passes * perCharacter)
}

/** The cost of running a pattern over a text; as in RE2, each character meets each state. */
export function matching(text: string, patternSize: number): number {
  const perState = Math.ceil((1 + costSize(text)) * perCharacter)
  return perState * Math.ceil(patternSize * perPatternCharacter)
}

/** The cost of a call that makes a list after `steps` comparisons. */
export function listOfSteps(steps: number): number {
  return Math.trunc(steps) + 1 + listCreation
}

/** The cost of walking a value as a tree, as Kubernetes counts for its lists: strings by their bytes. */
export function traversal(value: CelValue, meter: Meter): number {
  let cost = 0
  // A stack of our own: a claim can nest lists deeper than JavaScript calls.
  const open: CelValue[] = [value]
  for (;;) {
    const next = open.pop()
    if (next === undefined) return cost
    const parts = partsOf(next, meter)
    if (parts === undefined) cost += leafCost(next)
    for (const part of parts ?? []) open.push(part)
  }
}

function leafCost(value: CelValue): number {
  if (typeof value === 'string') return Math.trunc(countBytes(value) * perCharacter)
  return value instanceof Uint8Array ? Math.trunc(value.length * perCharacter) : 1
}

/** What an element and an entry take. */
const perElement = 60
const perEntry = 1000

function partsOf(value: CelValue, meter: Meter): readonly CelValue[] | undefined {
  if (isList(value)) {
    chargeWork(meter, value.length * perElement)
    return value
  }
  if (value === null || typeof value !== 'object' || !('kind' in value)) return undefined
  if (value.kind !== 'map') return undefined
  chargeWork(meter, value.size * perEntry)
  return [...value.entries()].flat(1)
}
