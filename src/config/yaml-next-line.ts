import type { Dialect, WrittenScalar } from './yaml-dialect.ts'

/** A dialect that knows the line ends of YAML 1.1, and how many of them it has met. */
export interface NextLineDialect {
  readonly dialect: Dialect
  readonly met: () => number
}

/** Line ends of YAML 1.1 that YAML 1.2 takes for letters. */
export const nextLine = /[\u0085\u2028\u2029]/

/** How many of them a text has. */
export function countOf(text: string): number {
  return text.split(nextLine).length - 1
}

/**
 * Reads U+0085, U+2028 and U+2029 within quotes as go-yaml 2 does: a U+0085 is folded into a blank, the
 * others stay, and the blanks around them go. Next to another line end they are left, and so not met.
 */
export function withNextLines(dialect: Dialect): NextLineDialect {
  const places = new Map<number, number>()
  const fold = (written: WrittenScalar): WrittenScalar => {
    const { raw, text, start, isPlain } = written
    const count = countOf(raw)
    // An escape stands for one that is not folded.
    if (isPlain || count === 0 || countOf(text) !== count) return written
    if (!/^["']/.test(raw) || besideAnother.test(raw)) return written
    places.set(start, count)
    return { ...written, text: text.replaceAll(foldable, toFolded) }
  }
  return {
    dialect: {
      ...dialect,
      scalar: (written) => dialect.scalar(fold(written)),
      key: (written, after) => dialect.key(fold(written), after),
    },
    met: () => [...places.values()].reduce((sum, count) => sum + count, 0),
  }
}

const foldable = /[ \t]*([\u0085\u2028\u2029])[ \t]*/g
const besideAnother =
  /\\[\u0085\u2028\u2029]|[\n\u0085\u2028\u2029][ \t]*[\u0085\u2028\u2029]|[\u0085\u2028\u2029][ \t]*\n/

function toFolded(_: string, lineEnd: string): string {
  return lineEnd === '\u0085' ? ' ' : lineEnd
}
