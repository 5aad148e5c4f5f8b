import type { RequestHeaders } from '../check-input.ts'
import {
  anonymousName,
  authenticatedGroup,
  serviceAccountGroups,
  serviceAccountOf,
  unauthenticatedGroup,
} from '../kubernetes/names.ts'
import type { UserInfo } from '../user.ts'
import type { ResourceAttributes, ReviewAccess } from './access.ts'
import { firstDenied } from './first-denied.ts'
import { type RequestedIdentity, readRequestedIdentity } from './requested-identity.ts'

/** Who a request acts as, after the client's own `Impersonate-*` headers. */
export type ActAsOutcome =
  /** Nothing is asked for: as the caller. */
  | { readonly kind: 'same' }
  | { readonly kind: 'acting'; readonly user: UserInfo; readonly original: UserInfo }
  /** The caller may not; `item` is the first thing that the API server does not allow. */
  | {
      readonly kind: 'denied'
      readonly detail: string
      readonly item: ResourceAttributes
      /** Whom the caller wanted to act as. */
      readonly user: UserInfo
    }
  | { readonly kind: 'malformed'; readonly detail: string }

export interface ActAsOptions {
  readonly review: ReviewAccess
  /** Users, groups, uids and values of extras in one request; more are malformed. Default: 600. */
  readonly maxItems?: number
  /**
   * Keys of extras that Attaché writes itself, such as those that name the original user. Nobody may ask
   * for one: it would say in the audit log what Attaché did not. Default: none.
   */
  readonly isReservedExtra?: (key: string) => boolean
}

/** Decides at once when nothing is asked for; rejects when the API server gives no answer. */
export type ActAs = (
  caller: UserInfo,
  headers: RequestHeaders,
) => ActAsOutcome | Promise<ActAsOutcome>

const same: ActAsOutcome = { kind: 'same' }

/**
 * Lets a caller act as somebody else (`kubectl --as`) where the API server would: it is asked about
 * each item by itself, with the attributes of kube-apiserver's own filter (verb `impersonate`), and every
 * one must be allowed. The user that comes out has nothing of the caller's, and the groups that
 * kube-apiserver would give them.
 */
export function actAs(options: ActAsOptions): ActAs {
  const { review, maxItems = 600, isReservedExtra = () => false } = options

  async function reviewed(caller: UserInfo, identity: RequestedIdentity): Promise<ActAsOutcome> {
    const questions = itemsOf(identity).map((attributes) => ({ user: caller, attributes }))
    const denial = await firstDenied(questions, review)
    if (denial === undefined) {
      return { kind: 'acting', user: actingUser(identity), original: caller }
    }
    const item = denial.question.attributes
    const because = denial.reason === '' ? '' : `: ${denial.reason}`
    const detail = `${JSON.stringify(caller.name)} may not impersonate ${describe(item)}${because}`
    return { kind: 'denied', detail, item, user: actingUser(identity) }
  }

  return (caller, headers) => {
    const requested = readRequestedIdentity(headers)
    if (requested.kind === 'nothing') return same
    if (requested.kind === 'malformed') return requested
    const { identity } = requested
    const reserved = [...identity.extra.keys()].find(isReservedExtra)
    if (reserved !== undefined) {
      const detail = `the client asks for the extra ${JSON.stringify(reserved)}, which is Attaché's own`
      return { kind: 'malformed', detail }
    }
    const count = itemCount(identity)
    if (count > maxItems) {
      return { kind: 'malformed', detail: `${count} names to impersonate, at most ${maxItems}` }
    }
    return reviewed(caller, identity)
  }
}

function itemCount({ uid, groups, extra }: RequestedIdentity): number {
  const values = [...extra.values()].reduce((sum, { length }) => sum + length, 0)
  return 1 + (uid === '' ? 0 : 1) + groups.length + values
}

/** In the order in which kube-apiserver 1.36 asks: whoever lacks several rights is told the same one. */
function itemsOf({ user, uid, groups, extra }: RequestedIdentity): readonly ResourceAttributes[] {
  const account = serviceAccountOf(user)
  const verb = 'impersonate'
  const version = 'v1'
  const group = 'authentication.k8s.io'
  return [
    account === undefined
      ? { verb, version, resource: 'users', name: user }
      : { verb, version, resource: 'serviceaccounts', ...account },
    ...(uid === '' ? [] : [{ verb, group, version, resource: 'uids', name: uid }]),
    ...groups.map((name) => ({ verb, version, resource: 'groups', name })),
    ...[...extra].flatMap(([subresource, values]) =>
      values.map((name) => ({ verb, group, version, resource: 'userextras', subresource, name })),
    ),
  ]
}

function actingUser({ user, uid, groups, extra }: RequestedIdentity): UserInfo {
  const account = serviceAccountOf(user)
  const given =
    groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : groups
  const needsAnonymous = user === anonymousName && !given.includes(unauthenticatedGroup)
  const all = needsAnonymous ? [...given, unauthenticatedGroup] : given
  return { name: user, uid, groups: all.filter((group) => group !== authenticatedGroup), extra }
}

function describe({ resource, subresource, name, namespace }: ResourceAttributes): string {
  const kind = subresource === undefined ? resource : `${resource}/${subresource}`
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`
  return `${kind} ${JSON.stringify(name)}${where}`
}
