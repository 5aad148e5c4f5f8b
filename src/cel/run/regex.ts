import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import type { CallContext, CompiledRegex } from '../library.ts'
import { type CelError, celError } from '../value.ts'
import { toRe2js } from './regex-syntax.ts'

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
 * Compiles patterns as Go's `regexp` does, to programs that run in time linear in the text. The engine is
 * loaded when the first pattern is: it takes 7 MB.
 */
export function createRegex(): CallContext['regex'] {
  const kept = new Map<string, CompiledRegex | CelError>()
  return (pattern) => {
    const known = kept.get(pattern)
    if (known !== undefined) {
      kept.delete(pattern)
      kept.set(pattern, known)
      return known
    }
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
    return {
      test: (text) => regex.test(text),
      findAll: (text, limit) => findAll(regex, text, limit),
    }
  } catch (error) {
    return celError(error instanceof Error ? error.message : 'error parsing regexp')
  }
}

/** As Go's `FindAllString`, which takes no empty match directly after another one. */
function findAll(regex: RE2JS, text: string, limit: number): readonly string[] {
  const found: string[] = []
  const matcher = regex.matcher(text)
  let end = -1
  const most = limit < 0 ? Number.POSITIVE_INFINITY : limit
  while (found.length < most && matcher.find()) {
    const isEmpty = matcher.start() === matcher.end()
    if (!isEmpty || matcher.start() !== end) found.push(matcher.group() ?? '')
    end = matcher.end()
  }
  return found
}
