import type { CelError, CelValue } from '../value.ts'
import { isMap } from './kind.ts'

/** What a call takes whose arguments are small. */
export const callWork = 100
/** What a character of a text takes in most functions. */
const perCharacter = 20

/** The work of a function that looks at each character of its arguments. */
export function textWork(args: readonly CelValue[]): number {
  return lengthWork(args, perCharacter)
}

/** The same for a function to which a character is more or less than to others. */
export function workPerCharacter(units: number, base = callWork) {
  return (args: readonly CelValue[]): number => base - callWork + lengthWork(args, units)
}

/** The work of a function that looks at no more of its arguments than what they are. */
export function constantWork(): number {
  return callWork
}

function lengthWork(args: readonly CelValue[], units: number): number {
  let work = callWork
  for (const value of args) {
    if (typeof value === 'string' || value instanceof Uint8Array) work += value.length * units
  }
  return work
}

/** The work of reading a value out of claims: all but a small map is prepared once, when it is first reached. */
export function readingWork(value: CelValue | CelError): number {
  return isMap(value) ? perMap : 0
}

const perMap = 300
