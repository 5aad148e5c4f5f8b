import { compileHostPattern, compilePathPattern } from '../routes/pattern.ts'
import type { Document } from './document.ts'
import { childPath } from './yaml-tree.ts'

/** Reports each pattern of a list that `routes/` could not compile. */
export function reportPatterns(
  document: Document,
  path: string,
  { patterns, kind }: { readonly patterns: readonly string[]; readonly kind: 'path' | 'host' },
): void {
  const compile = kind === 'path' ? compilePathPattern : compileHostPattern
  for (const [index, pattern] of patterns.entries()) {
    try {
      compile(pattern)
      // It would capture the beginning of a segment, while the upstream acts on the whole of it.
      if (pattern.endsWith('}*')) {
        throw new SyntaxError(`"${pattern}" must capture a whole segment: end it with "/*"`)
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      const place = childPath(path, index)
      // A variable may hold what nobody else should read, such as the path of a webhook.
      document.report(place, error.message.replaceAll(pattern, document.written(place) ?? pattern))
    }
  }
}
