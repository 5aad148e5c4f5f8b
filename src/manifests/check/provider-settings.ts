import { maxTimeoutSeconds, providerService, statusOnError } from '../provider.ts'
import { secondsOf } from './duration.ts'
import { type Described, type Finding, fault } from './finding.ts'
import { checkHeaderLists } from './header-list-rules.ts'
import type { Installation } from './installation.ts'
import type { MeshProvider } from './mesh-providers.ts'
import { checkServicePort } from './service-port.ts'
import { at, textAt, type Unread } from './values.ts'

/** Every provider that names Attaché's Service. */
export function checkProviders(installation: Installation): readonly Finding[] {
  return installation.ownProviders.flatMap((provider) => [
    ...checkName(provider, installation),
    ...checkNamespace(provider, installation),
    ...checkSettings(provider),
    ...checkTransport(provider, installation),
    ...checkHeaderLists(provider, installation),
  ])
}

function checkName(provider: MeshProvider, { providers }: Installation): readonly Finding[] {
  const { name, object } = provider
  const same = providers.filter((other) => other.name === name && other.object === object)
  if (same.length < 2 || same[0] !== provider) return []
  return [
    fault(object, {
      what: `has two providers "${name}"`,
      effect: 'Istio takes neither, and denies every request that is to be checked',
      fix: 'remove one of them',
    }),
  ]
}

function checkNamespace(
  { object, name, settings }: MeshProvider,
  { service }: Installation,
): readonly Finding[] {
  const wanted = providerService(service)
  const named = textAt(settings, 'service') ?? ''
  if (named === wanted) return []
  return [
    fault(object, {
      what: `provider "${name}" names the service "${named}"`,
      effect:
        'whoever may create a ServiceEntry in some namespace can take the host: every request is denied then, and while the Service is not there they answer the checks',
      fix: `set service: ${wanted}`,
    }),
  ]
}

function checkSettings({ object, name, settings }: MeshProvider): readonly Finding[] {
  const wrong = (described: Described) => fault(object, described)
  const of = `provider "${name}"`
  const findings: Finding[] = []
  if (!isOff(at(settings, 'failOpen'))) {
    findings.push(
      wrong({
        what: `${of} has failOpen: ${String(at(settings, 'failOpen'))}`,
        effect: 'when Attaché cannot be reached, every request passes unchecked',
        fix: 'set failOpen: false',
      }),
    )
  }
  const timeout = timeoutFault(settings)
  if (timeout !== undefined) {
    findings.push(wrong({ ...timeout, what: `${of} ${timeout.what}` }))
  }
  const status = statusFault(at(settings, 'statusOnError'))
  if (status !== undefined) findings.push(wrong({ ...status, what: `${of} ${status.what}` }))
  if (at(settings, 'includeRequestBodyInCheck') !== undefined) {
    findings.push(
      wrong({
        what: `${of} has includeRequestBodyInCheck`,
        effect:
          'Envoy holds every request until its body is there: kubectl exec over SPDY hangs, and large uploads end in 413. Attaché reads no body',
        fix: 'remove it',
      }),
    )
  }
  if (!isOff(at(settings, 'clearRouteCache'))) {
    findings.push(
      wrong({
        what: `${of} has clearRouteCache: ${String(at(settings, 'clearRouteCache'))}`,
        effect:
          'Envoy chooses the upstream anew after the check, by headers that the check has set: another one than was judged',
        fix: 'remove it',
      }),
    )
  }
  return findings
}

/** Whatever istiod makes of another value, nobody wants to find out. */
function isOff(value: Unread): boolean {
  return value === undefined || value === null || value === false
}

function timeoutFault(settings: Unread): Described | undefined {
  const text = textAt(settings, 'timeout')
  const fix = `set timeout: ${maxTimeoutSeconds}s`
  if (text === undefined) {
    const effect = 'Envoy waits ten minutes for an answer, and clients wait with it'
    return { what: 'has no timeout', effect, fix }
  }
  const seconds = secondsOf(text)
  if (seconds === undefined) {
    const effect = 'istiod does not take this mesh configuration'
    return { what: `has timeout "${text}", which is no duration`, effect, fix }
  }
  if (seconds > maxTimeoutSeconds) {
    const effect =
      'clients wait for so long when Attaché hangs, and each holds a connection of the gateway'
    return { what: `has timeout ${text}, more than ${maxTimeoutSeconds}s`, effect, fix }
  }
  if (seconds < 1) {
    const effect =
      'a check that asks the API server or renews a session does not end in time, and is denied'
    return { what: `has timeout ${text}, less than 1s`, effect, fix }
  }
  return undefined
}

function statusFault(status: Unread): Described | undefined {
  const fix = `set statusOnError: "${statusOnError}"`
  if (status === statusOnError) return undefined
  if (status === undefined || status === '403') {
    const effect =
      'while Attaché cannot be reached, people read that they may not, and programs do not try again'
    return {
      what: status === undefined ? 'has no statusOnError' : 'has statusOnError "403"',
      effect,
      fix,
    }
  }
  if (typeof status !== 'string') {
    const effect = 'istiod does not take this mesh configuration, and goes on with what it had'
    return { what: 'has a statusOnError that is no text: it lacks its quotes', effect, fix }
  }
  const effect = /^[123]\d\d$/.test(status)
    ? 'while Attaché cannot be reached, a program takes the denial for a success'
    : 'while Attaché cannot be reached, clients are told something else than to try again'
  return { what: `has statusOnError "${status}"`, effect, fix }
}

function checkTransport(provider: MeshProvider, installation: Installation): readonly Finding[] {
  const { object, name, transport, settings } = provider
  const { listen } = installation.config
  const address = listen[transport]
  if (address === undefined) {
    return [
      fault(object, {
        what: `provider "${name}" asks over ${transport}, and the configuration has no listen.${transport}`,
        effect: 'no check is answered, and every request is denied',
        fix: `add listen.${transport}, or print the provider again with --transport ${transport === 'grpc' ? 'http' : 'grpc'}`,
      }),
    ]
  }
  const prefix = textAt(settings, 'pathPrefix') ?? ''
  const findings = [...checkServicePort(provider, { installation, address })]
  if (transport === 'http' && prefix !== listen.checkPathPrefix) {
    findings.push(
      fault(object, {
        what: `provider "${name}" has pathPrefix "${prefix}", and listen.checkPathPrefix is "${listen.checkPathPrefix}"`,
        effect:
          'Attaché cannot tell which path a check is about, and denies it, or judges another path than the upstream gets',
        fix: 'make them equal',
      }),
    )
  }
  return findings
}
