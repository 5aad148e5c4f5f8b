import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import type { CallContext, CompiledRegex } from '../library.ts'
import { type CelError, celError } from '../value.ts'
import { patternWork } from './pattern-work.ts'
import { toRe2js } from './regex-syntax.ts'
import { scannedText } from './scanned-text.ts'
import { allowWork, chargeWork, type Meter } from './work.ts'

type Engine = typeof import('re2js')

/** `import()` would make compiling asynchronous. */
function loadEngine(): Engine {
  const loaded: unknown = createRequire(import.meta.url)('re2js')
  if (!isEngine(loaded)) throw new TypeError('Cannot load re2js: it has no RE2JS')
  return loaded
}

function isEngine(loaded: unknown): loaded is Engine {
  return typeof loaded === 'object' && loaded !== null && 'RE2JS' in loaded
}

/** Compiled patterns that are kept; patterns that are no constants may come from claims. */
const maxPatterns = 128
/** The longest pattern that is kept, in UTF-16 units. */
const maxKeptLength = 1024

/**
 * Compiles patterns as Go's `regexp` does, to programs that look at a text once for each match. The engine is
 * loaded when the first pattern is: it takes 7 MB.
 */
export function createRegex(): CallContext['regex'] {
  const kept = new Map<string, CompiledRegex | CelError>()
  return (pattern, meter) => {
    const known = kept.get(pattern)
    if (known !== undefined) {
      kept.delete(pattern)
      kept.set(pattern, known)
      return known
    }
    if (meter !== undefined) chargeWork(meter, patternWork(pattern))
    const compiled = compile(pattern)
    if (pattern.length > maxKeptLength) return compiled
    kept.set(pattern, compiled)
    for (const oldest of kept.keys()) {
      if (kept.size <= maxPatterns) break
      kept.delete(oldest)
    }
    return compiled
  }
}

function compile(pattern: string): CompiledRegex | CelError {
  const translated = toRe2js(pattern)
  if (translated === undefined)
    return celError('error parsing regexp: invalid character class range')
  const { RE2JS: engine } = loadEngine()
  try {
    const regex = engine.compile(translated)
    const program: Program = { regex, re2: regex.re2(), size: regex.programSize() }
    return {
      test: (text, meter) => test(program, text, meter),
      findAll: (text, options) => findAll(program, text, options),
    }
  } catch (error) {
    return celError(error instanceof Error ? error.message : 'error parsing regexp')
  }
}

interface Program {
  readonly regex: RE2JS
  readonly re2: ReturnType<RE2JS['re2']>
  /** Its instructions. */
  readonly size: number
}

/** What a match takes besides what it reads, and a character where nothing has to be worked out for it. */
const perMatch = 500
const perCharacter = 10
/** What a character takes when each instruction is tried on it. */
const perTry = 40
const perInstruction = 12
/** What a search takes where the pattern is a text, and a character of it if that is longer than one. */
const perSearch = 100
const perSearchedCharacter = 5
/** The instructions of a pattern that is one character. */
const oneCharacter = 3
/** What a new state of the automaton takes: one that was met before is free. */
const perState = 2000
const perStateInstruction = 60

/** Whether a text matches: by an automaton that is worked out as it meets texts. */
function test({ regex, re2, size }: Program, text: string, meter: Meter): boolean {
  if (re2.prefixComplete) {
    chargeWork(meter, perSearch + text.length * (size > oneCharacter ? perSearchedCharacter : 1))
    return regex.test(text)
  }
  // Where the automaton becomes too large, each instruction is tried on each character.
  const most = text.length * (perTry + size * perInstruction)
  chargeWork(meter, perMatch + text.length * perCharacter)
  allowWork(meter, most)
  const { dfa } = re2
  const before = dfa.stateCount
  const isMatch = regex.test(text)
  // It was thrown away and begun again.
  const isTooLarge = dfa.stateCount > 0 && dfa.startStates.size === 0
  const states = Math.max(0, dfa.stateCount - before)
  chargeWork(meter, states * (perState + size * perStateInstruction) + (isTooLarge ? most : 0))
  return isMatch
}

/** The same where the place of the match is wanted. */
const perScannedInstruction = 20
/** What it takes to look at a character for a program that is small enough for its text, and for a group. */
const perVisit = 50
const perGroup = 20
/** The largest text and program that re2js keeps a bit of each place for, and the largest program. */
const maxVisits = 262_144
const maxVisitedProgram = 500

/** As Go's `FindAllString`, which takes no empty match directly after another one. */
function findAll(
  { regex, re2, size }: Program,
  text: string,
  { limit, meter }: { limit: number; meter: Meter },
): readonly string[] {
  const isVisited = size <= maxVisitedProgram && text.length <= Math.floor(maxVisits / size)
  const perRead = isVisited
    ? perVisit + regex.groupCount() * perGroup
    : perTry + size * perScannedInstruction
  const input = scannedText(text, { meter, perRead })
  const found: string[] = []
  const most = limit < 0 ? Number.POSITIVE_INFINITY : limit
  let end = -1
  let at = 0
  while (found.length < most && at <= text.length) {
    chargeWork(meter, perMatch + (isVisited ? (size * text.length) / 64 : 0))
    const match: unknown = re2.executeEngine(input, at, unanchored, 2)
    if (!isSpan(match)) break
    const [from, to] = match
    if (from < to || from !== end) found.push(text.slice(from, to))
    end = to
    at = to > from ? to : to + ((text.codePointAt(to) ?? 0) > 0xffff ? 2 : 1)
  }
  return found
}

/** How re2js calls a search from anywhere. */
const unanchored = 0

/** Where a match starts and ends. */
function isSpan(match: unknown): match is readonly [number, number] {
  return Array.isArray(match) && typeof match[0] === 'number' && typeof match[1] === 'number'
}
