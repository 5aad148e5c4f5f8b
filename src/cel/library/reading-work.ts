import type { CelValue } from '../value.ts'
import { isPlain } from './strings/go-quote.ts'

/** What a text takes to be read as a URL, an IP address and the like, and each of its characters. */
const perText = 3000
const perCharacter = 100
/** What a character takes that is no plain one, in the error that says what cannot be read. */
const perEscapedCharacter = 300

/** The work of reading texts, and of saying what is wrong with one. */
export function readingWork(args: readonly CelValue[]): number {
  let work = perText
  for (const text of args) {
    if (typeof text !== 'string') continue
    work += text.length * (isPlain(text) ? perCharacter : perEscapedCharacter)
  }
  return work
}
