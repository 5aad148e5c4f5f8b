import type { CelFault, Expr, ParsedExpr } from '../expr.ts'
import { tokenize } from './lexer.ts'
import { createNodes } from './nodes.ts'
import { parseExpression } from './operators.ts'
import {
  createParserState,
  maxDepth,
  type ParserState,
  tooDeep,
  unexpected,
} from './parser-state.ts'
import { countCodePoints, faultAt, inOrder } from './position.ts'
import { SyntaxFault } from './token.ts'

const maxCodePoints = 100_000

/**
 * Parses an expression with the grammar, the macros and the limits that Kubernetes sets for cel-go:
 * every source ends in a tree or in faults, at the latest at 100,000 code points or 250 levels.
 * {@link https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#syntax cel-spec, Syntax}
 */
export function parse(text: string): ParsedExpr | readonly CelFault[] {
  const size = countCodePoints(text)
  if (size > maxCodePoints) {
    const message = `Cannot parse: ${size} code points are more than ${maxCodePoints}`
    return [{ message, line: 1, column: 1 }]
  }
  // Go's strings hold no lone surrogate, so that none gets into a value here.
  const source = text.toWellFormed()
  try {
    return parseWellFormed(source)
  } catch (error) {
    if (error instanceof SyntaxFault) return [faultAt(source, error.offset, error.message)]
    throw error
  }
}

function parseWellFormed(source: string): ParsedExpr | readonly CelFault[] {
  const nodes = createNodes()
  const tokens = tokenize(source)
  const state = createParserState(source, { tokens, nodes, parseExpression })
  const root = parseWhole(state)
  if (state.faults.length > 0) return inOrder(state.faults)
  return { source, root, offsets: nodes.offsets, lastId: nodes.lastId() }
}

function parseWhole(state: ParserState): Expr {
  const { expr, height } = state.parseExpression(state)
  if (state.peek().kind !== 'end') throw unexpected(state.peek(), 'an operator or the end')
  if (height > maxDepth) throw tooDeep(0)
  return expr
}
