import { punctuation, SyntaxFault, type Token, type TokenKind } from './token.ts'

const skipped = /(?:[\t \r\n\f]|\/\/[^\n]*)+/y
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y
const escape = String.raw`\\(?:[abfnrtv"'\\?\x60]|[0-3][0-7]{2}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`

const stringForms = [
  String.raw`"""(?:${escape}|[^\\])*?"""`,
  String.raw`'''(?:${escape}|[^\\])*?'''`,
  String.raw`"(?:${escape}|[^\\"\n\r])*"`,
  String.raw`'(?:${escape}|[^\\'\n\r])*'`,
  String.raw`[rR]"""[^]*?"""`,
  String.raw`[rR]'''[^]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
].join('|')

/** In this order the first that matches is also the longest. */
const classes: readonly (readonly [TokenKind, RegExp])[] = [
  ['bytes', new RegExp(`[bB](?:${stringForms})`, 'y')],
  ['string', new RegExp(stringForms, 'y')],
  ['identifier', identifier],
  ['double', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['uint', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['int', /0x[0-9a-fA-F]+|\d+/y],
]

const words: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ['in', 'in'],
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
])

/** The tokens of a source and a last one of kind `end`; throws {@link SyntaxFault}. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = []
  let offset = 0
  for (;;) {
    offset += matchAt(skipped, source, offset).length
    if (offset >= source.length) break
    const token = readToken(source, offset)
    tokens.push(token)
    offset += token.text.length
  }
  tokens.push({ kind: 'end', text: '', offset })
  return tokens
}

function readToken(source: string, offset: number): Token {
  for (const [kind, pattern] of classes) {
    const text = matchAt(pattern, source, offset)
    if (text !== '') return { kind: words.get(text) ?? kind, text, offset }
  }
  const sign = punctuation.find((text) => source.startsWith(text, offset))
  if (sign !== undefined) return { kind: sign, text: sign, offset }
  throw new SyntaxFault(refusal(source, offset), offset)
}

function refusal(source: string, offset: number): string {
  const character = String.fromCodePoint(source.codePointAt(offset) ?? 0)
  if (character === '"' || character === "'") {
    return 'Cannot read string: it has no end, or an unknown escape sequence'
  }
  if (character === '`') return 'Cannot read identifier: backquotes are not supported here'
  return `Cannot read character ${JSON.stringify(character)}: it is not part of the language`
}

function matchAt(pattern: RegExp, source: string, offset: number): string {
  pattern.lastIndex = offset
  return pattern.exec(source)?.[0] ?? ''
}
