import type { Config } from '../config/types.ts'
import type { Account, Grant, Rule } from './objects.ts'

/** As the shipped manifests call it; the configuration does not say who Attaché is. */
const ownAccount: Account = { namespace: 'attache', name: 'attache' }
const ownNote =
  'The ServiceAccount whose token kubernetes.tokenFile holds, which is that of the pod: put its name here.'

/** What Attaché does in its own name; nothing of it lets anybody act as somebody else. */
export function ownGrants(config: Config): readonly Grant[] {
  const to = { to: ownAccount, toNote: ownNote }
  const reviews = reviewRules(config)
  const own: Grant[] = []
  if (reviews.length > 0) {
    own.push({
      why: "Attaché's own account: what it asks the API server. ClusterRole system:auth-delegator would do, with both rules in any case.",
      name: 'attache-reviews',
      namespace: undefined,
      role: reviews,
      ...to,
    })
  }
  if (config.serviceAccounts.validation === 'jwks') {
    own.push({
      why: 'serviceAccounts.validation is jwks: the issuer and the keys of the cluster. API servers give this to every ServiceAccount, unless somebody took it away.',
      name: 'attache-service-account-issuer-discovery',
      namespace: undefined,
      role: { clusterRole: 'system:service-account-issuer-discovery' },
      ...to,
    })
  }
  const { impersonator } = config.impersonate
  const isActing = config.routes.some(({ identity }) => identity === 'impersonate')
  if (isActing && impersonator?.kind === 'service-account') {
    const { namespace, name } = impersonator
    own.push({
      why: `Attaché's own account: tokens of ${namespace}/${name}, and of no other ServiceAccount.`,
      name: 'attache-impersonator-token',
      namespace,
      role: [
        {
          why: 'impersonate.serviceAccount: a token of ten minutes by TokenRequest.',
          rule: {
            apiGroups: [''],
            resources: ['serviceaccounts/token'],
            resourceNames: [name],
            verbs: ['create'],
          },
        },
      ],
      ...to,
    })
  }
  return own
}

function reviewRules({ serviceAccounts, routes }: Config): readonly Rule[] {
  const rules: Rule[] = []
  if (serviceAccounts.validation === 'tokenReview') {
    rules.push({
      why: 'serviceAccounts.validation is tokenReview: whose token is it?',
      rule: {
        apiGroups: ['authentication.k8s.io'],
        resources: ['tokenreviews'],
        verbs: ['create'],
      },
    })
  }
  const asking = routes.filter(
    ({ allowImpersonation, subjectAccessReview }) =>
      allowImpersonation || subjectAccessReview !== undefined,
  )
  if (asking.length > 0) {
    const names = asking.map(({ name }) => name).join(', ')
    rules.push({
      why: `subjectAccessReview or allowImpersonation of ${names}: may the user do that?`,
      rule: {
        apiGroups: ['authorization.k8s.io'],
        resources: ['subjectaccessreviews'],
        verbs: ['create'],
      },
    })
  }
  return rules
}
