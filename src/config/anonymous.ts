import type { Reporter } from './document.ts'
import type { RawAuthentication } from './schema/authentication.ts'
import type { AnonymousConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

/**
 * `anonymous`, as kube-apiserver reads it: off unless `enabled` is true; everywhere when there is no
 * condition. An absent section is off here, where kube-apiserver's own default is a flag of its own.
 */
export function buildAnonymous(
  document: Reporter,
  path: string,
  { enabled = false, conditions = [] }: NonNullable<RawAuthentication['anonymous']>,
): AnonymousConfig | undefined {
  if (!enabled && conditions.length > 0) {
    document.report(childPath(path, 'conditions'), 'must not be given unless enabled is true')
  }
  if (!enabled) return undefined
  // A condition without a path is one that no request meets.
  return {
    paths: conditions.length === 0 ? undefined : conditions.map(({ path: exact = '' }) => exact),
  }
}
