import type { CallExpr, Expr, ExprId } from '../../expr.ts'
import type { CelType } from '../../type.ts'
import { type Clause, parseFormat } from './format-clauses.ts'

/** Why a call of `format` can never work, and at which node that shows. */
export interface FormatFault {
  readonly id: ExprId
  readonly message: string
}

const writable = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map'] as const
const special = ['timestamp', 'duration', 'type', 'null_type'] as const

/** `any` is in none of these, though `dyn` fits all: a claim of the first level has to be converted. */
const kindsOf: Readonly<Record<Clause['verb'], ReadonlySet<CelType['kind']>>> = {
  s: kinds(...writable, ...special),
  d: kinds('int', 'uint'),
  f: kinds('double', 'string'),
  e: kinds('double', 'string'),
  b: kinds('int', 'uint', 'bool'),
  x: kinds('int', 'uint', 'string', 'bytes'),
  X: kinds('int', 'uint', 'string', 'bytes'),
  o: kinds('int', 'uint'),
}

/**
 * Checks a call of the overload `string_format` when the program is loaded, as cel-go does; that is where
 * format and list are both literals: clauses and arguments must be as many, and fit each other.
 */
export function checkFormat(
  call: CallExpr,
  types: ReadonlyMap<ExprId, CelType>,
): FormatFault | undefined {
  const { target, args } = call
  const [list, ...others] = args
  if (target?.kind !== 'constant' || target.constant.type !== 'string') return undefined
  if (list?.kind !== 'list' || others.length > 0) return undefined
  const parts = parseFormat(target.constant.value)
  if ('fault' in parts) return { id: call.id, message: parts.fault }
  const clauses = parts.filter((part) => typeof part !== 'string')
  for (const [i, clause] of clauses.entries()) {
    const element = list.elements[i]
    const fault = element && checkElement(element, { clause, types })
    if (fault !== undefined) return fault
  }
  if (clauses.length === list.elements.length) return undefined
  const counts = `${clauses.length} clauses and ${list.elements.length} arguments`
  return { id: call.id, message: `Cannot format: there are ${counts}` }
}

interface Known {
  readonly clause: Clause
  readonly types: ReadonlyMap<ExprId, CelType>
}

function checkElement(element: Expr, { clause, types }: Known): FormatFault | undefined {
  const type = types.get(element.id)
  const kind = type?.kind === 'wrapper' ? type.of.kind : type?.kind
  if (kind === undefined || (kind !== 'dyn' && !kindsOf[clause.verb].has(kind))) {
    const name = type !== undefined && 'name' in type ? type.name : String(kind)
    const message = `Cannot format: %${clause.verb} does not take a value of type ${name}`
    return { id: element.id, message }
  }
  for (const part of clause.verb === 's' ? partsOf(element) : []) {
    const fault = checkElement(part, { clause, types })
    if (fault !== undefined) return fault
  }
  return undefined
}

/** What `%s` looks into; a list or map that is no literal is checked when it is formatted. */
function partsOf(element: Expr): readonly Expr[] {
  if (element.kind === 'list') return element.elements
  return element.kind === 'map' ? element.entries.flatMap(({ key, value }) => [key, value]) : []
}

function kinds(...names: readonly CelType['kind'][]): ReadonlySet<CelType['kind']> {
  return new Set(names)
}
