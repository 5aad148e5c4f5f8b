import { headerLists, isListed } from '../header-lists.ts'
import { additionalHeaders } from '../provider.ts'
import { type Finding, fault } from './finding.ts'
import {
  effectInCheck,
  effectOfAdditional,
  effectOnDeny,
  effectUpstream,
} from './header-effects.ts'
import type { Installation } from './installation.ts'
import type { MeshProvider } from './mesh-providers.ts'
import { entriesAt, textAt, textsAt } from './values.ts'

/** Every header that a list of an HTTP provider misses, and what it causes (threats L34). */
export function checkHeaderLists(
  provider: MeshProvider,
  { config }: Installation,
): readonly Finding[] {
  if (provider.transport === 'grpc') return []
  const lists = headerLists(config)
  // Envoy shows it always.
  const inCheck = lists.inCheck.filter((name) => name !== 'authorization')
  return [
    ...checkList(provider, {
      field: 'includeRequestHeadersInCheck',
      // Its name before Istio 1.9, which is read where the other is absent.
      former: 'includeHeadersInCheck',
      wanted: inCheck,
      effect: (name) => effectInCheck(name, config),
    }),
    ...checkOwnConnection(provider),
    ...checkAdditional(provider, config.listen.callerSecret !== undefined),
    ...checkList(provider, {
      field: 'headersToUpstreamOnAllow',
      wanted: lists.toUpstream,
      effect: effectUpstream,
    }),
    ...checkList(provider, {
      field: 'headersToDownstreamOnAllow',
      wanted: lists.toClientOnAllow,
      effect: (name) =>
        name === 'set-cookie'
          ? 'a renewed session never reaches the browser: with rotating refresh tokens people are signed out within the hour'
          : 'nobody finds the log line of an allowed request by what the client has',
    }),
    ...checkOnDeny(provider, lists.toClientOnDeny),
  ]
}

interface ListRule {
  readonly field: string
  readonly former?: string
  readonly wanted: readonly string[]
  readonly effect: (name: string) => string
}

function checkList(
  { object, name, settings }: MeshProvider,
  { field, former, wanted, effect }: ListRule,
): readonly Finding[] {
  const given = textsAt(settings, field)
  const list = given.length === 0 && former !== undefined ? textsAt(settings, former) : given
  return wanted
    .filter((header) => !covers(list, header))
    .map((header) =>
      fault(object, {
        what: `provider "${name}": ${field} misses "${header}"`,
        effect: effect(header),
        fix: 'add it, or print the list again with attache manifests --for mesh --transport http',
      }),
    )
}

/** Whether a list has a name, or everything that begins as `name*` says. */
function covers(list: readonly string[], wanted: string): boolean {
  if (!wanted.endsWith('*')) return isListed(list, wanted)
  const start = wanted.slice(0, -1)
  return list.some((entry) => {
    return entry.endsWith('*') && start.startsWith(entry.slice(0, -1).toLowerCase())
  })
}

/** With an empty list Envoy lets every header of a denial through. */
function checkOnDeny(provider: MeshProvider, wanted: readonly string[]): readonly Finding[] {
  const field = 'headersToDownstreamOnDeny'
  if (textsAt(provider.settings, field).length === 0) return []
  // Envoy adds these two to every list.
  const listed = wanted.filter((header) => !['location', 'www-authenticate'].includes(header))
  return checkList(provider, { field, wanted: listed, effect: effectOnDeny })
}

function checkOwnConnection({ object, name, settings }: MeshProvider): readonly Finding[] {
  const list = textsAt(settings, 'includeRequestHeadersInCheck')
  return ['connection', 'upgrade']
    .filter((header) => isListed(list, header))
    .map((header) =>
      fault(object, {
        what: `provider "${name}": includeRequestHeadersInCheck has "${header}"`,
        effect:
          'the check of an upgrade asks to be an upgrade itself, and is not answered as a check',
        fix: `remove it: includeAdditionalHeadersInCheck says it as x-attache-${header}`,
      }),
    )
}

function checkAdditional(
  { object, name, settings }: MeshProvider,
  hasSecret: boolean,
): readonly Finding[] {
  const field = 'includeAdditionalHeadersInCheck'
  const given = new Map(
    entriesAt(settings, field).map(([header, value]) => [header.toLowerCase(), value]),
  )
  const findings: Finding[] = []
  for (const [header, wanted] of Object.entries(additionalHeaders)) {
    const value = given.get(header)
    if (value === wanted) continue
    findings.push(
      fault(object, {
        what: `provider "${name}": ${field} ${value === undefined ? `misses "${header}"` : `has another "${header}" than Envoy's "${wanted}"`}`,
        effect: effectOfAdditional(header),
        fix: `set ${header}: "${wanted}"`,
      }),
    )
  }
  if (hasSecret && (textAt(Object.fromEntries(given), 'x-attache-caller') ?? '') === '') {
    findings.push(
      fault(object, {
        what: `provider "${name}": ${field} misses "x-attache-caller"`,
        effect:
          "Attaché takes nobody without listen.callerSecretFile's secret for the gateway: every request is denied",
        fix: 'print the provider again with attache manifests --for mesh --transport http',
      }),
    )
  }
  return findings
}
