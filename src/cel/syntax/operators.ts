import type { Expr } from '../expr.ts'
import { isSignedLiteral } from './constants.ts'
import { parseMember } from './members.ts'
import { highest, type ParserState, type Term } from './parser-state.ts'
import type { Token, TokenKind } from './token.ts'

const relations: ReadonlyMap<TokenKind, string> = new Map([
  ['<', '_<_'],
  ['<=', '_<=_'],
  ['>', '_>_'],
  ['>=', '_>=_'],
  ['==', '_==_'],
  ['!=', '_!=_'],
  ['in', '@in'],
])
const sums: ReadonlyMap<TokenKind, string> = new Map([
  ['+', '_+_'],
  ['-', '_-_'],
])
const products: ReadonlyMap<TokenKind, string> = new Map([
  ['*', '_*_'],
  ['/', '_/_'],
  ['%', '_%_'],
])

/**
 * `condition ? whenTrue : whenFalse` and everything that binds closer. Between `?` and `:` stands no
 * bare conditional.
 */
export function parseExpression(state: ParserState): Term {
  return state.within('expression', () => {
    const condition = parseOr(state)
    const question = state.accept('?')
    if (question === undefined) return condition
    const whenTrue = parseOr(state)
    state.expect(':', '":"')
    const whenFalse = parseExpression(state)
    return operation(state, {
      operator: question,
      name: '_?_:_',
      operands: [condition, whenTrue, whenFalse],
    })
  })
}

function parseOr(state: ParserState): Term {
  return parseLogic(state, { kind: '||', name: '_||_', parseTerm: parseAnd })
}

function parseAnd(state: ParserState): Term {
  return parseLogic(state, { kind: '&&', name: '_&&_', parseTerm: parseRelation })
}

interface Logic {
  readonly kind: TokenKind
  readonly name: string
  readonly parseTerm: (state: ParserState) => Term
}

function parseLogic(state: ParserState, { kind, name, parseTerm }: Logic): Term {
  const first = parseTerm(state)
  const terms = [first.expr]
  const offsets: number[] = []
  let { height } = first
  for (let sign = state.accept(kind); sign !== undefined; sign = state.accept(kind)) {
    const term = parseTerm(state)
    terms.push(term.expr)
    offsets.push(sign.offset)
    height = Math.max(height, term.height)
  }
  return { expr: balance(state, { name, terms, offsets }), height }
}

interface Chain {
  readonly name: string
  readonly terms: readonly Expr[]
  /** Of the signs between the terms. */
  readonly offsets: readonly number[]
}

/** `a || b || c || d` as `(a || b) || (c || d)`, as cel-go has it: a long chain is no deep tree. */
function balance(state: ParserState, { name, terms, offsets }: Chain): Expr {
  const [only] = terms
  if (only !== undefined && terms.length === 1) return only
  const middle = offsets.length >> 1
  const left = { name, terms: terms.slice(0, middle + 1), offsets: offsets.slice(0, middle) }
  const right = { name, terms: terms.slice(middle + 1), offsets: offsets.slice(middle + 1) }
  return state.nodes.add(offsets[middle] ?? 0, {
    kind: 'call',
    function: name,
    target: undefined,
    args: [balance(state, left), balance(state, right)],
  })
}

function parseRelation(state: ParserState): Term {
  return state.within('relation', () => {
    let left = parseSum(state)
    for (let name = relations.get(state.peek().kind); name !== undefined; ) {
      const operator = state.next()
      // The right operand is a relation too in cel-go's grammar, one level deeper.
      const right = state.within('relation', () => parseSum(state))
      left = operation(state, { operator, name, operands: [left, right] })
      name = relations.get(state.peek().kind)
    }
    return left
  })
}

function parseSum(state: ParserState): Term {
  return parseCalculation(state, 1)
}

/** Sums at precedence 1, products at 2; the right operand binds closer than its operator. */
function parseCalculation(state: ParserState, precedence: 1 | 2 | 3): Term {
  return state.within('sum', () => {
    let left = parseUnary(state)
    for (;;) {
      const { kind } = state.peek()
      const product = products.get(kind)
      const name = product ?? sums.get(kind)
      if (name === undefined || precedence > (product === undefined ? 1 : 2)) return left
      const operator = state.next()
      const right = parseCalculation(state, product === undefined ? 2 : 3)
      left = operation(state, { operator, name, operands: [left, right] })
    }
  })
}

/** Signs come in one sort: `!-x` is refused. An even number of them is none. */
function parseUnary(state: ParserState): Term {
  const first = state.peek()
  if (first.kind !== '!' && first.kind !== '-') return parseMember(state)
  // `-1` is a literal and `--1` twice the sign, which matters for the smallest int.
  if (first.kind === '-' && isSignedLiteral(state)) return parseMember(state)
  let count = 0
  while (state.accept(first.kind)) count++
  const operand = parseMember(state)
  if (count % 2 === 0) return operand
  const { expr } = operation(state, {
    operator: first,
    name: first.kind === '!' ? '!_' : '-_',
    operands: [operand],
  })
  return { expr, height: operand.height }
}

interface Operation {
  readonly operator: Token
  readonly name: string
  readonly operands: readonly Term[]
}

function operation(state: ParserState, { operator, name, operands }: Operation): Term {
  return {
    expr: state.nodes.add(operator.offset, {
      kind: 'call',
      function: name,
      target: undefined,
      args: operands.map(({ expr }) => expr),
    }),
    height: highest(operands) + 1,
  }
}
