/** What a token is: its own text for punctuation and the words of the grammar, else its class. */
export type TokenKind =
  | Punctuation
  | 'in'
  | 'true'
  | 'false'
  | 'null'
  | 'identifier'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'end'

type Punctuation = (typeof punctuation)[number]

/** Longer ones first, so that the first that fits is the right one. */
export const punctuation = [
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '<',
  '>',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '.',
  ',',
  '-',
  '!',
  '?',
  ':',
  '+',
  '*',
  '/',
  '%',
] as const

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** In UTF-16 units from the start of the source. */
  readonly offset: number
}

/** Ends parsing at once: what follows cannot be read. It never leaves `parse()`. */
export class SyntaxFault extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'SyntaxFault'
    this.offset = offset
  }
}
