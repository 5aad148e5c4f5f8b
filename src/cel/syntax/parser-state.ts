import type { CelFault, Expr, ExprId } from '../expr.ts'
import type { Nodes } from './nodes.ts'
import { faultAt } from './position.ts'
import { SyntaxFault, type Token, type TokenKind } from './token.ts'

/** What a rule of the grammar has read. */
export interface Term {
  readonly expr: Expr
  /**
   * How many operators, selections, calls of methods and indices stand within each other: `a.b + c` has
   * two.
   */
  readonly height: number
}

/** The rules that contain themselves, whose depth is bounded. */
export type RecursiveRule = 'expression' | 'relation' | 'sum'

/** Where a parser stands, and the means to go on. */
export interface ParserState {
  readonly nodes: Nodes
  readonly peek: (ahead?: number) => Token
  readonly next: () => Token
  /** The next token if it is of that kind. */
  readonly accept: (kind: TokenKind) => Token | undefined
  readonly expect: (kind: TokenKind, wanted: string) => Token
  /** The grammar's first rule, which lists, calls and the like come back to. */
  readonly parseExpression: (state: ParserState) => Term
  /** Runs a rule one level deeper. */
  readonly within: (rule: RecursiveRule, parse: () => Term) => Term
  /** Notes a fault that does not keep the rest from being read; the node only stands in. */
  readonly refuse: (offset: number, message: string) => Expr
  readonly faults: CelFault[]
  readonly offsetOf: (id: ExprId) => number
}

/** cel-go's limit of recursion, once for each rule while parsing and once for {@link Term.height}. */
export const maxDepth = 250

interface ParserParts {
  readonly tokens: readonly Token[]
  readonly nodes: Nodes
  readonly parseExpression: (state: ParserState) => Term
}

/** Starts at the first token. */
export function createParserState(
  source: string,
  { tokens, nodes, parseExpression }: ParserParts,
): ParserState {
  const end = tokens.at(-1) ?? { kind: 'end', text: '', offset: 0 }
  const depths: Record<RecursiveRule, number> = { expression: 0, relation: 0, sum: 0 }
  const faults: CelFault[] = []
  let position = 0
  const state: ParserState = {
    nodes,
    parseExpression,
    faults,
    peek: (ahead = 0) => tokens[position + ahead] ?? end,
    next() {
      const token = state.peek()
      position++
      return token
    },
    accept: (kind) => (state.peek().kind === kind ? state.next() : undefined),
    expect(kind, wanted) {
      const token = state.accept(kind)
      if (token === undefined) throw unexpected(state.peek(), wanted)
      return token
    },
    within(rule, parse) {
      if (++depths[rule] > maxDepth) throw tooDeep(state.peek().offset)
      const term = parse()
      depths[rule]--
      return term
    },
    refuse(offset, message) {
      faults.push(faultAt(source, offset, message))
      return nodes.add(offset, { kind: 'constant', constant: { type: 'null_type', value: null } })
    },
    offsetOf: (id) => nodes.offsets.get(id) ?? 0,
  }
  return state
}

/** A token where the grammar has no place for it. */
export function unexpected(token: Token, wanted: string): SyntaxFault {
  const found = token.kind === 'end' ? 'the expression ends' : `found ${JSON.stringify(token.text)}`
  return new SyntaxFault(`Cannot parse: ${found} where ${wanted} is expected`, token.offset)
}

/** An expression that no real author writes. */
export function tooDeep(offset: number): SyntaxFault {
  return new SyntaxFault(`Cannot parse: more than ${maxDepth} levels within each other`, offset)
}

/** The height of the highest; 0 when there are none. */
export function highest(terms: readonly Term[]): number {
  return terms.reduce((height, term) => Math.max(height, term.height), 0)
}
