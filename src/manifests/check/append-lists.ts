import { isListed } from '../header-lists.ts'
import { checkSettingsOf } from './filter-patches.ts'
import type { Filters } from './filters.ts'
import { type Finding, fault } from './finding.ts'
import { listAt, textAt, textsAt, type Unread } from './values.ts'

const appended = ['impersonate-group', 'impersonate-extra-'] as const

/** Over HTTP: whether each group and extra goes on as a line of its own. */
export function checkAppendLists({ policy, installation, objects }: Filters): readonly Finding[] {
  const patterns = objects
    .flatMap(checkSettingsOf)
    .flatMap((one) =>
      listAt(
        one,
        'http_service',
        'authorization_response',
        'allowed_upstream_headers_to_append',
        'patterns',
      ),
    )
  const findings: Finding[] = []
  for (const name of appended) {
    if (patterns.some((pattern) => appends(pattern, name))) continue
    findings.push(
      fault(policy.object, {
        what: `has no EnvoyFilter beside it that lists "${name}" in allowed_upstream_headers_to_append`,
        effect:
          'groups and extras never reach the API server: users lose the rights that they have by a group',
        fix: 'add the EnvoyFilter "…-impersonation" that attache manifests prints for the gateway',
      }),
    )
  }
  const provider = installation.ownProviders.find(({ name }) => name === policy.provider)
  const set = textsAt(provider?.settings, 'headersToUpstreamOnAllow')
  const both = appended.filter((name) => {
    return isListed(set, name) && !patterns.some((pattern) => appends(pattern, name))
  })
  for (const name of both) {
    findings.push(
      fault(provider?.object, {
        what: `headersToUpstreamOnAllow has "${name}", which nothing appends`,
        effect:
          'of all groups the last one alone reaches the API server: users lose the rights that they have by another',
        fix: 'remove it there, and append it by the EnvoyFilter "…-impersonation"',
      }),
    )
  }
  return findings
}

function appends(pattern: Unread, name: string): boolean {
  const prefix = textAt(pattern, 'prefix')
  if (prefix !== undefined) return name.startsWith(prefix.toLowerCase())
  return textAt(pattern, 'exact')?.toLowerCase() === name
}
