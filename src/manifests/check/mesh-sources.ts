import { keysVariable, meshVariable } from '../mesh.ts'
import { meshConfigName, rootNamespace } from '../place.ts'
import { serviceHost } from '../provider.ts'
import { ownSecurityPolicies } from './envoy-gateway-policies.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { Installation } from './installation.ts'
import { meshOf, meshTextOf } from './mesh-providers.ts'
import type { Rendered } from './rendered.ts'
import { listAt, textAt } from './values.ts'

/** Whether istiod reads the mesh configuration that names Attaché, and whether there is one. */
export function checkMeshSources(installation: Installation): readonly Finding[] {
  return [
    ...installation.ofKind('ConfigMap').flatMap(unreadable),
    ...missingProvider(installation),
    ...unreadSource(installation),
    ...lateKeys(installation),
  ]
}

function unreadable(object: Rendered): readonly Finding[] {
  const text = meshTextOf(object)
  if (text === undefined || meshOf(text) !== undefined) return []
  return [
    fault(object, {
      what: 'the text of "mesh" is not YAML',
      effect: 'istiod does not take it and goes on with what it had, or with its defaults',
      fix: 'print it again with attache manifests --for mesh',
    }),
  ]
}

function missingProvider(installation: Installation): readonly Finding[] {
  const { ownProviders, providers, service } = installation
  if (ownProviders.length > 0 || ownSecurityPolicies(installation).length > 0) return []
  const [named] = providers.filter(({ name }) => name.startsWith('attache'))
  const host = serviceHost(service)
  return [
    fault(named?.object, {
      what:
        named === undefined
          ? `no extensionProvider names Attaché's Service "${host}"`
          : `the provider "${named.name}" names the Service "${named.host}", and Attaché's is "${host}"`,
      effect: named === undefined ? effectWithoutProvider(installation) : effectOfAnother,
      fix: 'add what attache manifests --for mesh prints; --service NAMESPACE/NAME where the Service has another name',
    }),
  ]
}

const effectOfAnother =
  'Istio denies every request that is to be checked, or asks whoever is behind that name'

function effectWithoutProvider({ providers, customPolicies }: Installation): string {
  if (customPolicies.length === 0) return 'nobody asks Attaché, and every request passes unchecked'
  const known = new Set(providers.map(({ name }) => name))
  return customPolicies.every(({ provider }) => known.has(provider))
    ? 'nobody asks Attaché: others decide about every request'
    : 'Istio denies every request that a CUSTOM policy of an unknown provider is about'
}

/** istiod's own ConfigMap, that of a revision too. */
function isOwn(name: string): boolean {
  return name === 'istio' || (name.startsWith('istio-') && name !== meshConfigName)
}

function unreadSource({ ownProviders, istiods }: Installation): readonly Finding[] {
  const names = new Set(ownProviders.map(({ object }) => object.name))
  const shared = [...names].filter((name) => !isOwn(name))
  if (shared.length === 0 || shared.length < names.size) return []
  const [wanted = ''] = shared
  if (istiods.length === 0) {
    return [
      warning(ownProviders[0]?.object, {
        what: `istiod's Deployment is not in these files, so nobody can see whether it reads this ConfigMap`,
        effect:
          'without the variable Istio does not know the provider, and denies every request that is to be checked',
        fix: `kubectl -n ${rootNamespace} set env deployment/istiod ${meshVariable}=${wanted}`,
      }),
    ]
  }
  return istiods.flatMap((istiod) => {
    const value = variableOf(istiod, meshVariable)
    if (value !== undefined && shared.includes(value)) return []
    return [
      fault(istiod, {
        what:
          value === undefined
            ? `has no variable ${meshVariable}, and the provider is in ConfigMap "${wanted}" alone`
            : `has ${meshVariable}="${value}", and the provider is in ConfigMap "${wanted}"`,
        effect: 'Istio does not know the provider, and denies every request that is to be checked',
        fix: `set ${meshVariable} to "${wanted}", or paste the text of its "mesh" into ConfigMap "${value ?? 'istio'}"`,
      }),
    ]
  })
}

/** Values of {@link keysVariable} with which it does. */
const fetchedByEnvoy: ReadonlySet<string> = new Set(['hybrid', 'true', 'envoy'])

function lateKeys({
  config,
  istiods,
  ofKind,
  ownPolicies,
  meets,
}: Installation): readonly Finding[] {
  if (config.identityToken === undefined) return []
  const isUsed = ofKind('RequestAuthentication').some((object) =>
    ownPolicies.some((policy) => meets(policy, object)),
  )
  const late = istiods.filter(
    (istiod) => !fetchedByEnvoy.has(variableOf(istiod, keysVariable) ?? ''),
  )
  return (isUsed ? late : []).map((istiod) =>
    warning(istiod, {
      what: `has no variable ${keysVariable} that lets the gateways fetch keys`,
      effect:
        'if Attaché starts after istiod, every request that carries its identity token is 401 "Jwt verification fails" until something else in the mesh changes, for up to half an hour',
      fix: `set ${keysVariable} to "hybrid"`,
    }),
  )
}

/** Of the container that is istiod, whatever it is called. */
function variableOf({ value }: Rendered, variable: string): string | undefined {
  const containers = listAt(value, 'spec', 'template', 'spec', 'containers')
  const variables = containers.flatMap((container) => listAt(container, 'env'))
  const found = variables.find((entry) => textAt(entry, 'name') === variable)
  return found === undefined ? undefined : (textAt(found, 'value') ?? '')
}
