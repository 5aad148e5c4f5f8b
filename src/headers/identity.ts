import type { UserInfo } from '../user.ts'
import type { HeaderLine } from './changes.ts'
import { isSayable, isSayableUser } from './values.ts'

/** The identity lines of one user for one upstream, or why they cannot be said. */
export type IdentityHeaders =
  | {
      readonly kind: 'headers'
      readonly set: readonly HeaderLine[]
      readonly append: readonly HeaderLine[]
      /** Groups that the header cannot hold and that are left out, where that is the rule. */
      readonly omittedGroups: readonly string[]
    }
  | {
      readonly kind: 'refused'
      readonly reason: 'identity-unsayable' | 'identity-too-large' | 'system-identity'
      /** For the log; names the attribute or the limit. */
      readonly detail: string
    }

/** Header names of an upstream that takes the user and its groups as one line each. */
export interface PlainHeaderNames {
  readonly user: string
  readonly groups: string | undefined
}

/**
 * The user and its groups as one header line each, groups separated by commas (Kubeflow's
 * `kubeflow-userid` and `kubeflow-groups`, and the like). A group that such a list cannot hold (a comma,
 * a quote, a blank at an edge, nothing at all) is left out, because its neighbours would be read as
 * other groups; the caller logs it.
 */
export function plainIdentity(user: UserInfo, names: PlainHeaderNames): IdentityHeaders {
  if (!isSayableUser(user.name)) {
    return { kind: 'refused', reason: 'identity-unsayable', detail: 'the user name fits no header' }
  }
  const set: HeaderLine[] = [[names.user, user.name]]
  const groups = user.groups.filter(isListable)
  if (names.groups !== undefined && groups.length > 0) set.push([names.groups, groups.join(',')])
  const omittedGroups = user.groups.filter((group) => !isListable(group))
  return { kind: 'headers', set, append: [], omittedGroups }
}

function isListable(group: string): boolean {
  return group !== '' && isSayable(group) && !/[,"']/.test(group)
}
