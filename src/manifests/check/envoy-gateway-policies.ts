import { maxTimeoutSeconds } from '../provider.ts'
import { secondsOf } from './duration.ts'
import { type Finding, fault } from './finding.ts'
import type { Installation } from './installation.ts'
import type { Rendered } from './rendered.ts'
import { at, listAt, numberAt, textAt } from './values.ts'

/** SecurityPolicies of Envoy Gateway that ask Attaché, and those of routes that take their place. */
export function checkEnvoyGateway(installation: Installation): readonly Finding[] {
  const own = ownSecurityPolicies(installation)
  const namespaces = new Set(own.map(({ namespace }) => namespace))
  const others = installation
    .ofKind('SecurityPolicy')
    .filter((policy) => !own.includes(policy) && namespaces.has(policy.namespace))
  return [
    ...own.flatMap((policy) => [...settings(policy), ...grant(policy, installation)]),
    ...others.filter(isOfRoute).map(unchecked),
  ]
}

/** Those that ask a Service of the name that Attaché's has. */
export function ownSecurityPolicies({ ofKind, service }: Installation): readonly Rendered[] {
  return ofKind('SecurityPolicy').filter(({ value }) =>
    ['grpc', 'http'].some((transport) => {
      const single = textAt(value, 'spec', 'extAuth', transport, 'backendRef', 'name')
      const refs = listAt(value, 'spec', 'extAuth', transport, 'backendRefs')
      return [single, ...refs.map((ref) => textAt(ref, 'name'))].includes(service.name)
    }),
  )
}

function settings(policy: Rendered): readonly Finding[] {
  const auth = at(policy.value, 'spec', 'extAuth')
  const findings: Finding[] = []
  if (at(auth, 'failOpen') === true) {
    findings.push(
      fault(policy, {
        what: 'has failOpen: true',
        effect:
          'when Attaché cannot be reached, or this object is not valid, every request passes unchecked',
        fix: 'set failOpen: false',
      }),
    )
  }
  if (at(auth, 'http') !== undefined) {
    findings.push(
      fault(policy, {
        what: 'asks over HTTP',
        effect:
          'Envoy Gateway cannot show Attaché upgrades then: a foreign page can open a WebSocket with a session of the user',
        fix: 'ask over gRPC, as attache manifests --for envoy-gateway prints it',
      }),
    )
  }
  if (at(auth, 'bodyToExtAuth') !== undefined) {
    findings.push(
      fault(policy, {
        what: 'has bodyToExtAuth',
        effect:
          'Envoy holds every request until its body is there: kubectl exec over SPDY hangs, and large uploads end in 413',
        fix: 'remove it: Attaché reads no body',
      }),
    )
  }
  const timeout = textAt(auth, 'timeout')
  if (timeout !== undefined && (secondsOf(timeout) ?? 0) > maxTimeoutSeconds) {
    findings.push(
      fault(policy, {
        what: `has timeout ${timeout}, more than ${maxTimeoutSeconds}s`,
        effect: 'clients wait for so long when Attaché hangs',
        fix: `set timeout: ${maxTimeoutSeconds}s`,
      }),
    )
  }
  if (numberAt(auth, 'statusOnError') !== 503) {
    findings.push(
      fault(policy, {
        what: 'has no statusOnError: 503',
        effect:
          'while Attaché cannot be reached, people read that they may not, and programs do not try again',
        fix: 'set statusOnError: 503',
      }),
    )
  }
  return findings
}

function grant(policy: Rendered, { service, ofKind }: Installation): readonly Finding[] {
  if (policy.namespace === service.namespace) return []
  const granted = ofKind('ReferenceGrant').some(
    ({ namespace, value }) =>
      namespace === service.namespace &&
      listAt(value, 'spec', 'from').some(
        (from) =>
          textAt(from, 'kind') === 'SecurityPolicy' &&
          textAt(from, 'namespace') === policy.namespace,
      ),
  )
  if (granted) return []
  return [
    fault(policy, {
      what: `names a Service of namespace "${service.namespace}", and no ReferenceGrant there allows it`,
      effect: 'Envoy Gateway does not take the policy, and answers 500 to everything',
      fix: 'add the ReferenceGrant that attache manifests --for envoy-gateway prints',
    }),
  ]
}

function isOfRoute({ value }: Rendered): boolean {
  const refs = [...listAt(value, 'spec', 'targetRefs'), at(value, 'spec', 'targetRef')]
  return refs.some((ref) => textAt(ref, 'kind')?.endsWith('Route') === true)
}

function unchecked(policy: Rendered): Finding {
  return fault(policy, {
    what: 'is of a route, and takes the place of the policy that asks Attaché for its Gateway',
    effect: 'requests of that route pass unchecked, with whatever their clients say of themselves',
    fix: 'add extAuth to it as the other has it, or set mergeType',
  })
}
