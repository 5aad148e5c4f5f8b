import type { Config } from '../config/types.ts'
import { accountRules, type Form, identityRules } from './identity-rules.ts'
import type { Account, Grant, Rule } from './objects.ts'
import { actingUsers, originalUserKeys, type Reach, reachesOf, reviewedTokens } from './reach.ts'
import { requestRules } from './request-rules.ts'

/** The one right of the account that requests go on with: to act as somebody else. Empty: none does. */
export function impersonatorGrants(config: Config, form: Form): readonly Grant[] {
  const reaches = form === 'plain' ? reachesOf(config) : reachesOf(config).map(inNamespace)
  if (reaches.length === 0) return []
  const role = form === 'plain' ? identityRules(reaches, 'plain') : constrained(config, reaches)
  const to = subject(config)
  return [
    {
      why: `The impersonator: whoever has its token can act as these, and do nothing in its own name.${form === 'plain' ? plainWarning(role) : ''}`,
      name: 'attache-impersonator',
      namespace: undefined,
      role,
      ...to,
    },
    ...namespacesOf(reaches).map((namespace) => ({
      why: `The impersonator: as which ServiceAccounts of ${namespace}. In all namespaces, it could act as those that are administrators.`,
      name: 'attache-impersonator-accounts',
      namespace,
      role: accountRules(reaches, namespace),
      ...to,
    })),
  ]
}

/** Namespaces of ServiceAccounts, unless those of all are within reach. */
function namespacesOf(reaches: readonly Reach[]): readonly string[] {
  const namespaces = reaches
    .filter(({ kind }) => kind === 'service-account')
    .map(({ namespace }) => namespace)
  return namespaces.includes(undefined)
    ? []
    : [...new Set(namespaces.filter((namespace) => namespace !== undefined))]
}

/** What the operator must know of the configuration and the rights together; one sentence each. */
export function impersonatorNotes(config: Config, form: Form): readonly string[] {
  const reaches = reachesOf(config)
  const isActing = reaches.some(({ from }) => from === actingUsers)
  const keys = originalUserKeys(config)
  const notes: string[] = []
  if (isActing) {
    const extras = keys.map((key) => `userextras/${key}`).join(', ')
    notes.push(
      `allowImpersonation: kubectl --as-user-extra may name any key, hence the resource "*". Where nobody uses it, name the keys instead${extras === '' ? '' : `: these tell who asked: ${extras}`}.`,
    )
  }
  if (config.basic !== undefined) {
    notes.push('Print this anew when basic.htpasswdFile or basic.usersFile changes.')
  }
  if (reaches.some(({ from }) => from === reviewedTokens)) {
    notes.push(
      'Where an authenticator of the API server itself gives users further extras, add userextras/KEY for each.',
    )
  }
  if (form === 'plain') return notes
  if (reaches.some(({ kind }) => kind === 'service-account')) {
    notes.push(
      'ServiceAccounts with uid, groups or extras are outside constrained impersonation, so they need the plain right. Write the namespace whose ServiceAccounts come here in place of NAMESPACE; for each further one, add the name of its group, and a Role and a RoleBinding as those in NAMESPACE. Or set impersonate.serviceAccounts: forward, and take all this out.',
    )
  }
  if (isActing && config.impersonate.originalUserExtra === 'jetstack') {
    notes.push(
      'Constrained impersonation refuses the extras of originalUserExtra: jetstack, as their keys have no "/": with --as it needs originalUserExtra: domain.',
    )
  }
  const plainKeys = config.impersonate.extra
    .map(({ key }) => key)
    .filter((key) => !key.includes('/'))
  if (plainKeys.length > 0) {
    notes.push(
      `Constrained impersonation refuses extras whose keys have no "/": give ${plainKeys.join(', ')} of impersonate.extra a domain.`,
    )
  }
  return notes
}

function constrained(config: Config, reaches: readonly Reach[]): readonly Rule[] {
  const users = reaches.filter(({ kind }) => kind === 'user')
  const accounts = reaches.filter(({ kind }) => kind === 'service-account')
  return [
    ...(users.length === 0 ? [] : [...requestRules(config), ...identityRules(users, 'user-info')]),
    ...identityRules(accounts, 'plain'),
  ]
}

/**
 * With the plain right to every group, system:masters would be among them; with that to every
 * ServiceAccount, some that may do as much.
 */
function inNamespace(reach: Reach): Reach {
  if (reach.kind === 'user') return reach
  const { namespace = 'NAMESPACE', groups } = reach
  const ofNamespace = new Set(['system:serviceaccounts', `system:serviceaccounts:${namespace}`])
  return { ...reach, namespace, groups: groups === 'any' ? ofNamespace : groups }
}

function plainWarning(role: readonly Rule[]): string {
  const isOpen = role.some(
    ({ rule }) => rule.resources?.includes('groups') === true && rule.resourceNames === undefined,
  )
  return isOpen ? ' RBAC knows no exception, so system:masters is among the groups.' : ''
}

const placeholder: Account = { namespace: 'attache', name: 'impersonator' }

function subject({ impersonate }: Config): Pick<Grant, 'to' | 'toNote'> {
  const { credential, impersonator } = impersonate
  if (impersonator?.kind === 'service-account') {
    const { namespace, name } = impersonator
    return { to: { namespace, name }, toNote: undefined }
  }
  const whose =
    credential === 'none'
      ? 'whose token Envoy adds (impersonate.credential is none)'
      : 'whose token impersonate.tokenFile holds'
  return {
    to: placeholder,
    toNote: `The ServiceAccount ${whose}: put its name here, or a User or Group. It should have no other right, so not that of Attaché itself.`,
  }
}
