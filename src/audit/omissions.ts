import type { FittedText } from './fit.ts'
import type { IdentityOmissions } from './write-identity.ts'

/** What of a record found no room in its line. */
export interface Omissions {
  /** Takes the text and notes what was cut off. */
  readonly text: (field: string, fitted: FittedText) => string
  readonly identity: (field: string, omitted: IdentityOmissions) => void
  readonly count: (field: string, omitted: number) => void
  /** Field to how much is missing, in the order of the line. */
  readonly entries: () => readonly (readonly [field: string, omitted: number])[]
}

/** Collects for one line. */
export function createOmissions(): Omissions {
  const found: [string, number][] = []
  const count = (field: string, omitted: number): void => {
    if (omitted > 0) found.push([field, omitted])
  }
  return {
    count,
    text: (field, fitted) => {
      count(field, fitted.omitted)
      return fitted.text
    },
    identity: (field, omitted) => {
      for (const [part, missing] of Object.entries(omitted)) count(`${field}.${part}`, missing)
    },
    entries: () => found,
  }
}
