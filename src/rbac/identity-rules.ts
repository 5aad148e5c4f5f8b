import type { PolicyRule, Rule } from './objects.ts'
import type { Names, Reach } from './reach.ts'

/** `plain` is as old as impersonation; `user-info` is the mode of constrained impersonation for users. */
export type Form = 'plain' | 'user-info'

const authentication = 'authentication.k8s.io'

interface Item {
  readonly header: string
  readonly resource: string
  readonly apiGroup: string
  readonly namesOf: (reach: Reach) => Names
}

const none: ReadonlySet<string> = new Set()

/**
 * What the API server asks about each `Impersonate-*` line
 * ({@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ Kubernetes: User Impersonation}),
 * limited to names where all of them are known. The verbs differ by form, and the API group of users and
 * groups.
 */
export function identityRules(reaches: readonly Reach[], form: Form): readonly Rule[] {
  const openExtra = reaches.filter(({ extra }) => extra === 'any')
  if (openExtra.length === 0) {
    const extras = extraItems(reaches).flatMap((item) => ruleOf(item, { reaches, form }))
    return [...items(form).flatMap((item) => ruleOf(item, { reaches, form })), ...merged(extras)]
  }
  // No pattern stands for "every key of an extra" but that for every resource of the group.
  const everything: Rule = {
    why: `Impersonate-Uid and -Extra-KEY with any key${form === 'plain' ? '' : ', -User and -Group'}: ${origins(openExtra)}`,
    rule: { apiGroups: [authentication], resources: ['*'], verbs: verbs(form) },
  }
  if (form === 'user-info') return [everything]
  const named = items(form).filter(({ resource }) => resource !== 'uids')
  return [...named.flatMap((item) => ruleOf(item, { reaches, form })), everything]
}

const namesOfUsers = ({ kind, names }: Reach): Names => (kind === 'user' ? names : none)

/** The right to act as ServiceAccounts of one namespace; undefined: of all of them. */
function serviceAccounts(wanted: string | undefined): Item {
  return {
    header: 'Impersonate-User of a ServiceAccount',
    resource: 'serviceaccounts',
    apiGroup: '',
    namesOf: ({ kind, names, namespace }) =>
      kind === 'service-account' && namespace === wanted ? names : none,
  }
}

/**
 * Rules for a Role in the namespace, beside those of {@link identityRules}: the API server asks about a
 * ServiceAccount in its namespace. ServiceAccounts are outside constrained impersonation, so they are plain.
 */
export function accountRules(reaches: readonly Reach[], namespace: string): readonly Rule[] {
  return ruleOf(serviceAccounts(namespace), { reaches, form: 'plain' })
}

function items(form: Form): readonly Item[] {
  const apiGroup = form === 'plain' ? '' : authentication
  return [
    { header: 'Impersonate-User', resource: 'users', apiGroup, namesOf: namesOfUsers },
    { ...serviceAccounts(undefined), apiGroup },
    { header: 'Impersonate-Group', resource: 'groups', apiGroup, namesOf: ({ groups }) => groups },
    {
      header: 'Impersonate-Uid',
      resource: 'uids',
      apiGroup: authentication,
      namesOf: ({ uids }) => uids,
    },
  ]
}

function extraItems(reaches: readonly Reach[]): readonly Item[] {
  const keys = new Set(reaches.flatMap(({ extra }) => (extra === 'any' ? [] : [...extra.keys()])))
  return [...keys].map((key) => ({
    header: 'Impersonate-Extra',
    resource: `userextras/${key}`,
    apiGroup: authentication,
    namesOf: ({ extra }) => (extra === 'any' ? 'any' : (extra.get(key) ?? none)),
  }))
}

function ruleOf(
  { header, resource, apiGroup, namesOf }: Item,
  { reaches, form }: { readonly reaches: readonly Reach[]; readonly form: Form },
): readonly Rule[] {
  const saying = reaches.filter((reach) => {
    const names = namesOf(reach)
    return names === 'any' || names.size > 0
  })
  if (saying.length === 0) return []
  const open = saying.filter((reach) => namesOf(reach) === 'any')
  const rule: PolicyRule = { apiGroups: [apiGroup], resources: [resource], verbs: verbs(form) }
  if (open.length > 0) return [{ why: `${header}: ${origins(open)}`, rule }]
  const resourceNames = saying.flatMap((reach) => listOf(namesOf(reach)))
  return [
    {
      why: `${header}: ${origins(saying)}; these names alone`,
      rule: { ...rule, resourceNames: [...new Set(resourceNames)].toSorted() },
    },
  ]
}

function listOf(names: Names): readonly string[] {
  return names === 'any' ? [] : [...names]
}

/** Keys of the same origin in one rule, unless their values are listed. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const byReason = new Map<string, Rule>()
  for (const { why, rule } of rules) {
    const isListed = rule.resourceNames !== undefined
    const key = isListed ? `${why} ${rule.resources?.join()}` : why
    const resources = [...(byReason.get(key)?.rule.resources ?? []), ...(rule.resources ?? [])]
    byReason.set(key, { why, rule: { ...rule, resources } })
  }
  return [...byReason.values()]
}

function verbs(form: Form): readonly string[] {
  return [form === 'plain' ? 'impersonate' : `impersonate:${form}`]
}

function origins(reaches: readonly Reach[]): string {
  return [...new Set(reaches.map(({ from }) => from))].join(', ')
}
