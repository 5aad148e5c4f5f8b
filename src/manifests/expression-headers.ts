import type { Expr } from '../cel/expr.ts'
import { childrenOf } from '../cel/syntax/children.ts'
import { parse } from '../cel/syntax/parse.ts'

/** What an expression reads of `request.headers`. */
export interface ReadHeaders {
  /** Lower-case. */
  readonly names: readonly string[]
  /** Whether it may read others too, whose names only a request shows. */
  readonly others: boolean
}

/** Finds the names of headers that a CEL expression asks for; over HTTP Envoy shows no others. */
export function headersReadBy(source: string): ReadHeaders {
  const parsed = parse(source)
  // Its faults are the configuration's; here it reads whatever there is.
  if (!('root' in parsed)) return { names: [], others: true }
  const names = new Set<string>()
  const others = visit(parsed.root, names)
  return { names: [...names], others }
}

/** Collects names; answers whether there is a use of `request.headers` that names none. */
function visit(expr: Expr, names: Set<string>): boolean {
  if (isHeaders(expr)) return true
  const named = namedHeader(expr)
  if (named !== undefined) {
    names.add(named.toLowerCase())
    return false
  }
  return childrenOf(expr).reduce((others, child) => visit(child, names) || others, false)
}

/** Functions that take a map and a key, in the order of their arguments. */
const lookups: ReadonlyMap<string, readonly [map: number, key: number]> = new Map([
  ['_[_]', [0, 1]],
  ['_[?_]', [0, 1]],
  ['_?._', [0, 1]],
  ['@in', [1, 0]],
])

/** The name in `request.headers['name']`, `request.headers.name` and what else asks for one entry. */
function namedHeader(expr: Expr): string | undefined {
  if (expr.kind === 'select') return isHeaders(expr.operand) ? expr.field : undefined
  if (expr.kind !== 'call') return undefined
  const [mapAt, keyAt] = lookups.get(expr.function) ?? []
  if (mapAt === undefined || keyAt === undefined) return undefined
  const [map, key] = [expr.args[mapAt], expr.args[keyAt]]
  if (map === undefined || !isHeaders(map)) return undefined
  if (key?.kind !== 'constant' || key.constant.type !== 'string') return undefined
  return key.constant.value
}

function isHeaders(expr: Expr): boolean {
  if (expr.kind !== 'select' || expr.field !== 'headers' || expr.isTest) return false
  return expr.operand.kind === 'identifier' && expr.operand.name.replace(/^\./, '') === 'request'
}
