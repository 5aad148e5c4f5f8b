import type { CelFault } from '../expr.ts'

/** Says a message of the place in the source; `offset` counts UTF-16 units from 0. */
export function faultAt(source: string, offset: number, message: string): CelFault {
  const before = source.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return {
    message,
    line: before.split('\n').length,
    column: countCodePoints(before.slice(lineStart)) + 1,
  }
}

/** The number of code points; a lone surrogate counts as one. */
export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** The faults from the start of the source to its end; macros that copy say each thing once. */
export function inOrder(faults: readonly CelFault[]): readonly CelFault[] {
  const distinct = new Map(faults.map((fault) => [JSON.stringify(fault), fault]))
  return [...distinct.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
}
