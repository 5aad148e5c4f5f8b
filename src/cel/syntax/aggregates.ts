import type { MapEntry, StructField } from '../expr.ts'
import { highest, type ParserState, type Term } from './parser-state.ts'
import type { TokenKind } from './token.ts'

/** `[…]` or `{…}`, or undefined when something else follows. */
export function parseAggregate(state: ParserState): Term | undefined {
  const { kind } = state.peek()
  if (kind === '[') return parseList(state)
  if (kind === '{') return parseMap(state)
  return undefined
}

function parseList(state: ParserState): Term {
  const { offset } = state.next()
  const optionalIndices: number[] = []
  const terms: Term[] = []
  parseItems(state, ']', () => {
    if (state.accept('?')) optionalIndices.push(terms.length)
    terms.push(state.parseExpression(state))
  })
  const elements = terms.map(({ expr }) => expr)
  return {
    expr: state.nodes.add(offset, { kind: 'list', elements, optionalIndices }),
    height: highest(terms),
  }
}

function parseMap(state: ParserState): Term {
  const { offset } = state.next()
  const entries: MapEntry[] = []
  const terms: Term[] = []
  parseItems(state, '}', () => {
    const isOptional = state.accept('?') !== undefined
    const key = state.parseExpression(state)
    const colon = state.expect(':', '":"')
    const value = state.parseExpression(state)
    const shape = { key: key.expr, value: value.expr, isOptional }
    entries.push(state.nodes.addEntry(colon.offset, shape))
    terms.push(key, value)
  })
  return { expr: state.nodes.add(offset, { kind: 'map', entries }), height: highest(terms) }
}

/** `a.b.Type{field: value}`, or undefined when no name with a brace follows. */
export function parseStruct(state: ParserState): Term | undefined {
  const length = structNameLength(state)
  if (length === undefined) return undefined
  let typeName = ''
  for (let i = 0; i < length; i++) typeName += state.next().text
  const { offset } = state.next()
  const fields: StructField[] = []
  const terms: Term[] = []
  parseItems(state, '}', () => {
    const isOptional = state.accept('?') !== undefined
    const name = state.expect('identifier', 'the name of a field').text
    const colon = state.expect(':', '":"')
    const value = state.parseExpression(state)
    fields.push(state.nodes.addField(colon.offset, { name, value: value.expr, isOptional }))
    terms.push(value)
  })
  const shape = { kind: 'struct', typeName, fields } as const
  return { expr: state.nodes.add(offset, shape), height: highest(terms) }
}

/** How many tokens are in a name that a brace follows. */
function structNameLength(state: ParserState): number | undefined {
  let length = state.peek().kind === '.' ? 1 : 0
  while (state.peek(length).kind === 'identifier') {
    const after = state.peek(length + 1).kind
    if (after === '{') return length + 1
    if (after !== '.') return undefined
    length += 2
  }
  return undefined
}

/** Items, commas between them, and one comma that may trail, even without an item: `[,]`. */
function parseItems(state: ParserState, close: TokenKind, parseItem: () => void): void {
  const wanted = `"," or "${close}"`
  if (state.peek().kind !== ',') {
    while (state.peek().kind !== close) {
      parseItem()
      if (state.peek().kind !== ',') break
      if (state.peek(1).kind === close) break
      state.next()
    }
  }
  state.accept(',')
  state.expect(close, wanted)
}
