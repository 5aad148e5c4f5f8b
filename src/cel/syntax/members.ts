import type { Expr } from '../expr.ts'
import { parseAggregate, parseStruct } from './aggregates.ts'
import { parseConstant } from './constants.ts'
import { expandMacro } from './macros.ts'
import { highest, type ParserState, type Term, unexpected } from './parser-state.ts'

/** Words that other languages have; they are no variables or functions but may be fields. */
const reserved: ReadonlySet<string> = new Set(
  `as break const continue else false for function if import in let loop package namespace null
  return true var void while`.split(/\s+/),
)

/** `primary.field`, `primary.method(…)`, `primary[index]` and chains of these. */
export function parseMember(state: ParserState): Term {
  let term = parsePrimary(state)
  for (;;) {
    const kind = state.peek().kind
    if (kind === '.') term = parseSelection(state, term)
    else if (kind === '[') term = parseIndex(state, term)
    else return term
  }
}

function parseSelection(state: ParserState, operand: Term): Term {
  const dot = state.next()
  const isOptional = state.accept('?') !== undefined
  const name = state.expect('identifier', 'the name of a field')
  const open = isOptional ? undefined : state.accept('(')
  if (open !== undefined) {
    const args = parseArguments(state)
    const call = { function: name.text, target: operand.expr, args: args.map(({ expr }) => expr) }
    return {
      expr: expandMacro(state, { ...call, offset: open.offset }),
      height: Math.max(operand.height, highest(args)) + 1,
    }
  }
  const { nodes } = state
  const height = operand.height + 1
  if (!isOptional) {
    const shape = { operand: operand.expr, field: name.text, isTest: false }
    return { expr: nodes.add(dot.offset, { kind: 'select', ...shape }), height }
  }
  const field = nodes.add(name.offset, {
    kind: 'constant',
    constant: { type: 'string', value: name.text },
  })
  return {
    expr: callOf(state, { offset: dot.offset, name: '_?._', args: [operand.expr, field] }),
    height,
  }
}

function parseIndex(state: ParserState, operand: Term): Term {
  const { offset } = state.next()
  const name = state.accept('?') === undefined ? '_[_]' : '_[?_]'
  const index = state.parseExpression(state)
  state.expect(']', '"]"')
  return {
    expr: callOf(state, { offset, name, args: [operand.expr, index.expr] }),
    height: Math.max(operand.height, index.height) + 1,
  }
}

function callOf(
  { nodes }: ParserState,
  { offset, name, args }: { offset: number; name: string; args: readonly Expr[] },
): Expr {
  return nodes.add(offset, { kind: 'call', function: name, target: undefined, args })
}

function parsePrimary(state: ParserState): Term {
  const constant = parseConstant(state)
  if (constant !== undefined) return { expr: constant, height: 0 }
  if (state.accept('(')) {
    const nested = state.parseExpression(state)
    state.expect(')', '")"')
    return nested
  }
  const term = parseAggregate(state) ?? parseStruct(state) ?? parseName(state)
  if (term === undefined) throw unexpected(state.peek(), 'an expression')
  return term
}

function parseName(state: ParserState): Term | undefined {
  const dot = state.accept('.')
  const token =
    dot === undefined ? state.accept('identifier') : state.expect('identifier', 'a name')
  if (token === undefined) return undefined
  const name = dot === undefined ? token.text : `.${token.text}`
  const open = state.accept('(')
  const args = open === undefined ? [] : parseArguments(state)
  const height = highest(args)
  if (reserved.has(token.text)) {
    const message = `Cannot use ${JSON.stringify(token.text)} as a name: the word is reserved`
    return { expr: state.refuse(token.offset, message), height }
  }
  if (open === undefined) {
    return { expr: state.nodes.add(token.offset, { kind: 'identifier', name }), height }
  }
  const call = { function: name, target: undefined, args: args.map(({ expr }) => expr) }
  return { expr: expandMacro(state, { ...call, offset: open.offset }), height }
}

/** After the opening parenthesis. No comma may trail here, as it may in lists and maps. */
function parseArguments(state: ParserState): readonly Term[] {
  if (state.accept(')')) return []
  const args = [state.parseExpression(state)]
  while (state.accept(',')) args.push(state.parseExpression(state))
  state.expect(')', '"," or ")"')
  return args
}
