import { capturedNames } from './captures.ts'
import type { Document } from './document.ts'
import { type CompileCondition, compileExpression } from './expressions.ts'
import type { Expression, RouteMatch } from './types.ts'

/**
 * `when` of a route. A name that no pattern of the route captures does not compile; one that only some
 * of them capture may be missing when it is asked for, which is an error, and so a no.
 */
export function buildCondition(
  document: Document,
  path: string,
  {
    source,
    match,
    compile,
  }: {
    readonly source: string
    readonly match: readonly RouteMatch[]
    readonly compile: CompileCondition
  },
): Expression | undefined {
  const compiled = compileExpression(document, {
    path,
    source,
    compile: compile(capturedNames(match)),
    result: 'bool',
  })
  return compiled?.expression
}
