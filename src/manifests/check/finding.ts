import { nameOf, type Rendered } from './rendered.ts'

/** Something that is wrong, or that nobody can see is right. */
export interface Finding {
  /** A warning alone does not make the check fail. */
  readonly severity: 'fault' | 'warning'
  /** The object that it is about; undefined where one is missing. */
  readonly object: Rendered | undefined
  /** What is wrong. */
  readonly what: string
  /** What it causes. */
  readonly effect: string
  /** What to do. */
  readonly fix: string
}

/** What a fault says besides its severity. */
export type Described = Omit<Finding, 'severity' | 'object'>

/** A fault of an object, or of one that is missing. */
export function fault(object: Rendered | undefined, described: Described): Finding {
  return { severity: 'fault', object, ...described }
}

/** Something to know of an object, or of one that is missing. */
export function warning(object: Rendered | undefined, described: Described): Finding {
  return { severity: 'warning', object, ...described }
}

/** A finding in three lines. */
export function printFinding({ severity, object, what, effect, fix }: Finding): string {
  const where = object === undefined ? '' : `${object.file}:${object.line}: ${nameOf(object)}: `
  return `${where}${severity}: ${what}\n  causes: ${effect}\n  do: ${fix}\n`
}
