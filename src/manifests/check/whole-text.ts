import { createRegex } from '../../cel/run/regex.ts'
import { type Meter, maxWork, WorkLimitExceeded } from '../../cel/run/work.ts'

/**
 * Which of the texts a regular expression fits as a whole, as Envoy's RE2 reads it; undefined for one that it
 * does not read, or that takes too much. Whoever may edit a namespace may write one, and JavaScript's own
 * would go on for ever with some.
 */
export function fitting(regex: string, texts: readonly string[]): ReadonlySet<string> | undefined {
  const meter: Meter = { work: 0, limit: maxWork }
  try {
    const compiled = createRegex()(`^(?:${regex})$`, meter)
    if (!('test' in compiled)) return undefined
    return new Set(texts.filter((text) => compiled.test(text, meter)))
  } catch (error) {
    if (error instanceof WorkLimitExceeded) return undefined
    throw error
  }
}
