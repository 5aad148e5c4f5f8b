import { problemsOfFile } from '../../config/entry.ts'
import type { Comparison } from '../differences.ts'
import type { ConfigAnswer, Oracle } from '../oracle.ts'
import type { ConfigCase } from './cases/config-cases.ts'

/**
 * What both say of each file: accepted, or refused and for which fields. kube-apiserver names a field
 * only when it validates; of what it cannot decode it is enough that we refuse it too.
 */
export async function compareConfigs(
  oracle: Oracle,
  cases: readonly ConfigCase[],
): Promise<Comparison[]> {
  return Promise.all(
    cases.map(async ([name, yaml]) => {
      const theirs = await oracle.ask({ op: 'config', yaml })
      const problems = problemsOfFile(yaml)
      const fields = fieldsOf(theirs)
      const ours = new Set(problems.map((problem) => problem.split(' ', 2)[1]?.replace(/:$/, '')))
      const unnamed = fields.filter((field) => !isNamed(field, ours))
      return {
        name,
        kube: theirs.ok ? 'accepted' : 'refused',
        ours: problems.length === 0 ? 'accepted' : saying(unnamed, problems),
      }
    }),
  )
}

function saying(unnamed: readonly string[], problems: readonly string[]): string {
  if (unnamed.length === 0) return 'refused'
  return `refused without naming ${unnamed.join(', ')}: ${problems.join('; ')}`
}

function fieldsOf(answer: ConfigAnswer): readonly string[] {
  if (answer.ok) return []
  return answer.errors.flatMap(({ field }) => (field === undefined ? [] : [field]))
}

function isNamed(field: string, paths: ReadonlySet<string | undefined>): boolean {
  return [...paths].some(
    (path) => path === field || path?.startsWith(`${field}.`) || path?.startsWith(`${field}[`),
  )
}
