import type { Constant, Expr } from '../expr.ts'
import { doubleConstant, intConstant, uintConstant } from './numbers.ts'
import type { ParserState } from './parser-state.ts'
import { bytesConstant, stringConstant } from './unescape.ts'

/** Whether a minus and a number follow, which are one literal. */
export function isSignedLiteral(state: ParserState): boolean {
  const number = state.peek(1).kind
  return state.peek().kind === '-' && (number === 'int' || number === 'double')
}

/** A literal, or undefined when something else follows. */
export function parseConstant(state: ParserState): Expr | undefined {
  const { offset } = state.peek()
  const constant = readConstant(state)
  if (constant === undefined) return undefined
  if (typeof constant === 'string') return state.refuse(offset, constant)
  return state.nodes.add(offset, { kind: 'constant', constant })
}

/** A text says why the literal is refused. */
function readConstant(state: ParserState): Constant | string | undefined {
  const isNegative = isSignedLiteral(state)
  const { kind, text } = state.peek(isNegative ? 1 : 0)
  const constant = constantOf(kind, { text, isNegative })
  if (constant === undefined) return undefined
  state.next()
  if (isNegative) state.next()
  return 'refusal' in constant ? constant.refusal : constant
}

function constantOf(
  kind: string,
  { text, isNegative }: { text: string; isNegative: boolean },
): Constant | { readonly refusal: string } | undefined {
  switch (kind) {
    case 'null':
      return { type: 'null_type', value: null }
    case 'true':
    case 'false':
      return { type: 'bool', value: kind === 'true' }
    case 'int':
      return intConstant(text, isNegative) ?? tooLarge(text, '64 bits')
    case 'uint':
      return uintConstant(text) ?? tooLarge(text, '64 bits')
    case 'double':
      return doubleConstant(text, isNegative) ?? tooLarge(text, 'a double')
    case 'string':
      return stringConstant(text)
    case 'bytes':
      return bytesConstant(text)
    default:
      return undefined
  }
}

function tooLarge(text: string, space: string): { readonly refusal: string } {
  return { refusal: `Cannot read number ${text}: it does not fit ${space}` }
}
