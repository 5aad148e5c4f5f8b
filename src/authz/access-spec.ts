import { anonymousName, authenticatedGroup, unauthenticatedGroup } from '../kubernetes/names.ts'
import type { UserInfo } from '../user.ts'
import type { AccessQuestion, NonResourceAttributes, ResourceAttributes } from './access.ts'

/**
 * The `spec` of a SubjectAccessReview. Equal questions have equal texts as JSON, and no two different
 * ones do: every part is a string of its own, and what Kubernetes takes for absent is left out.
 */
export interface AccessSpec {
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  /** Keys in order. */
  readonly extra: Readonly<Record<string, readonly string[]>>
  readonly resourceAttributes?: Readonly<Record<string, string>>
  readonly nonResourceAttributes?: Readonly<Record<string, string>>
}

/** Asks about the user as the API server itself would know them. */
export function accessSpec({ user, attributes }: AccessQuestion): AccessSpec {
  const extra = [...user.extra].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return {
    user: user.name,
    uid: user.uid,
    groups: groupsInApiServer(user),
    extra: Object.fromEntries(extra),
    ...attributesOf(attributes),
  }
}

/**
 * The API server adds `system:authenticated` to everybody it lets in but the anonymous user, unless one
 * of the two groups is there already
 * (k8s.io/apiserver/pkg/authentication/group/authenticated_group_adder.go).
 */
function groupsInApiServer({ name, groups }: UserInfo): readonly string[] {
  const isComplete =
    name === anonymousName ||
    groups.includes(authenticatedGroup) ||
    groups.includes(unauthenticatedGroup)
  return isComplete ? groups : [...groups, authenticatedGroup]
}

function attributesOf(
  attributes: ResourceAttributes | NonResourceAttributes,
): Pick<AccessSpec, 'resourceAttributes' | 'nonResourceAttributes'> {
  if ('path' in attributes) {
    const { verb, path } = attributes
    return { nonResourceAttributes: withoutEmpty({ path, verb }) }
  }
  const { namespace, verb, group, version, resource, subresource, name } = attributes
  const fields = { namespace, verb, group, version, resource, subresource, name }
  return { resourceAttributes: withoutEmpty(fields) }
}

function withoutEmpty(
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') kept[name] = value
  }
  return kept
}

/** False when JSON would bring another text to the API server than the one that is asked about. */
export function isSpeakable({ user, uid, groups, extra, ...attributes }: AccessSpec): boolean {
  const { resourceAttributes = {}, nonResourceAttributes = {} } = attributes
  const ofUser = [user, uid, ...groups, ...Object.keys(extra), ...Object.values(extra).flat()]
  const asked = [...Object.values(resourceAttributes), ...Object.values(nonResourceAttributes)]
  return [...ofUser, ...asked].every((text) => text.isWellFormed())
}
