import { formatType } from '../cel/check/type-relations.ts'
import type { CelFault } from '../cel/expr.ts'
import type { CelType } from '../cel/type.ts'
import type { Reporter } from './document.ts'
import type { Expression } from './types.ts'

/** An expression that compiles, and what rules about it look at. */
export interface Compiled {
  readonly expression: Expression
  readonly type: CelType
  /** Whether `claims.FIELD` or `claims.?FIELD` stands anywhere in it. */
  readonly selectsClaim: (field: string) => boolean
}

/** Compiles an expression in the environment of its place. */
export type Compile = (source: string) => Compiled | readonly CelFault[]

/** The environments of Kubernetes. */
export interface Compilers {
  /** With `claims`. */
  readonly claims: Compile
  /** With `user`. */
  readonly user: Compile
}

/** Makes what compiles conditions of a route, with the names that its patterns capture. */
export type CompileCondition = (captures: Iterable<string>) => Compile

export interface ExpressionPlace {
  readonly path: string
  readonly source: string
  readonly compile: Compile
  /** A rule gives true or false, a mapping anything. */
  readonly result: 'bool' | 'any'
}

/** Text that is no CEL at all has one in each of its words. */
const maxFaults = 10

/**
 * Compiles an expression of the configuration. Undefined when that fails or its static type is not what
 * its place needs; every fault is reported there, with line and column within the expression.
 */
export function compileExpression(
  { report }: Reporter,
  { path, source, compile, result }: ExpressionPlace,
): Compiled | undefined {
  const compiled = compile(source)
  if ('length' in compiled) {
    for (const { line, column, message } of compiled.slice(0, maxFaults)) {
      report(path, `does not compile: ${line}:${column}: ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
    }
    return undefined
  }
  if (result === 'any' || compiled.type.kind === 'bool') return compiled
  report(
    path,
    `must be of type bool, but is ${formatType(compiled.type)}: compare it with a value, as in … == true`,
  )
  return undefined
}
