import { DependencyError } from '../errors.ts'
import { parseValue } from '../json/go-json.ts'
import { isRecord } from '../json/record.ts'
import type { AccessVerdict } from './access.ts'
import type { AccessSpec } from './access-spec.ts'

/** Characters of the API server's own words that go to the log. */
const maxReasonLength = 200

/**
 * Reads the answer to a SubjectAccessReview
 * ({@link https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
 * authorization.k8s.io/v1}) as kube-apiserver's own webhook authorizer does: `denied` outweighs
 * `allowed`, an `evaluationError` beside a yes changes nothing, and without a yes it is a no. An answer
 * that is no SubjectAccessReview, or about another question, is none: a {@link DependencyError}.
 */
export function readAccessReview(text: string, asked: AccessSpec): AccessVerdict {
  const answer = parseValue(text)
  if (!isRecord(answer) || answer['kind'] !== 'SubjectAccessReview') {
    throw noReview('is no SubjectAccessReview')
  }
  const { spec, status } = answer
  if (spec !== undefined && !isEcho(spec, asked)) throw noReview('is about another question')
  if (!isRecord(status)) throw noReview('has no status')
  const { allowed, denied = false, reason = '', evaluationError = '' } = status
  if (typeof allowed !== 'boolean') throw noReview('does not say "allowed"')
  if (typeof denied !== 'boolean') throw wrongType('denied')
  if (typeof reason !== 'string') throw wrongType('reason')
  if (typeof evaluationError !== 'string') throw wrongType('evaluationError')
  if (allowed && !denied) return { kind: 'allowed' }
  const why = [reason, evaluationError].filter((part) => part !== '').join('; ')
  return { kind: 'denied', reason: why.slice(0, maxReasonLength) }
}

/** The API server repeats what it was asked. The yes to another question could be anybody's. */
function isEcho(spec: unknown, asked: AccessSpec): boolean {
  if (!isRecord(spec) || spec['user'] !== (asked.user === '' ? undefined : asked.user)) return false
  return (['resourceAttributes', 'nonResourceAttributes'] as const).every((part) => {
    const echoed = spec[part]
    const expected = Object.entries(asked[part] ?? {})
    if (echoed === undefined) return asked[part] === undefined
    return (
      isRecord(echoed) &&
      Object.keys(echoed).length === expected.length &&
      expected.every(([name, value]) => echoed[name] === value)
    )
  })
}

function wrongType(name: string): DependencyError {
  return noReview(`has a "${name}" of the wrong type`)
}

function noReview(state: string): DependencyError {
  return new DependencyError('kubernetes', `Cannot review access: the answer ${state}`)
}
