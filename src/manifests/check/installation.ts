import type { Config } from '../../config/types.ts'
import type { ObjectName } from '../manifest.ts'
import type { CheckTransport } from '../options.ts'
import { rootNamespace } from '../place.ts'
import { serviceHost } from '../provider.ts'
import {
  type Attachment,
  attachmentOf,
  gatewayLabel,
  missesGateways,
  overlap,
  type Pods,
  selects,
} from './attachment.ts'
import type { Labelled } from './label-selectors.ts'
import { type MeshProvider, providersOf } from './mesh-providers.ts'
import type { Rendered } from './rendered.ts'
import { labelsAt, textAt } from './values.ts'

/** Kinds of objects that anything is read of. */
export const kindsOfInterest: ReadonlySet<string> = new Set([
  'AuthorizationPolicy',
  'ConfigMap',
  'Deployment',
  'EnvoyFilter',
  'Gateway',
  'Namespace',
  'NetworkPolicy',
  'ReferenceGrant',
  'RequestAuthentication',
  'SecurityPolicy',
  'Service',
  'TrafficExtension',
  'VirtualService',
  'WasmPlugin',
])

/** A CUSTOM policy, and where it applies. */
export interface CustomPolicy {
  readonly object: Rendered
  readonly provider: string
  readonly attachment: Attachment
}

/** What was rendered, as the rules look at it. */
export interface Installation {
  readonly config: Config
  readonly service: ObjectName
  readonly objects: readonly Rendered[]
  readonly ofKind: (kind: string) => readonly Rendered[]
  /** In all mesh configurations. */
  readonly providers: readonly MeshProvider[]
  /** Those that name Attaché's Service. */
  readonly ownProviders: readonly MeshProvider[]
  readonly customPolicies: readonly CustomPolicy[]
  /** Those that ask Attaché. */
  readonly ownPolicies: readonly CustomPolicy[]
  /** Of Deployments. */
  readonly pods: readonly Pods[]
  /** Whether an object may be about a workload of that policy. */
  readonly meets: (policy: CustomPolicy, object: Rendered) => boolean
  /** istiod's own Deployments, one for each revision. */
  readonly istiods: readonly Rendered[]
}

/** Looks at the objects once, for all rules. */
export function installationOf(
  objects: readonly Rendered[],
  { config, service }: { readonly config: Config; readonly service: ObjectName },
): Installation {
  const ofKind = (wanted: string) => objects.filter(({ kind }) => kind === wanted)
  const pods = ofKind('Deployment').map(podsOf)
  const providers = providersOf(ofKind('ConfigMap'))
  const host = serviceHost(service)
  const ownProviders = providers.filter((provider) => provider.host === host)
  const ownNames = new Set(ownProviders.map(({ name }) => name))
  const customPolicies = ofKind('AuthorizationPolicy').flatMap(customPolicyOf)
  return {
    config,
    service,
    objects,
    ofKind,
    providers,
    ownProviders,
    customPolicies,
    ownPolicies: customPolicies.filter(({ provider }) => ownNames.has(provider)),
    pods,
    meets: ({ attachment }, object) => overlap([attachment, attachmentOf(object)], pods),
    istiods: ofKind('Deployment').filter(isIstiod),
  }
}

/** Which transport a policy's checks take; undefined where its provider is not there. */
export function transportOf(
  { ownProviders }: Installation,
  { provider }: CustomPolicy,
): CheckTransport | undefined {
  return ownProviders.find(({ name }) => name === provider)?.transport
}

/** Pods of a gateway that asks Attaché. */
export interface Gateway {
  readonly namespace: string
  /** Of its namespace, as far as a file says them. */
  readonly labels: Readonly<Record<string, string>>
  readonly pod: Labelled
}

/**
 * The gateways that a policy of ours is about; as its selector has them where no file has their pods, and none for
 * one that misses them.
 */
export function gatewaysOf(
  { attachment }: CustomPolicy,
  { pods, ofKind }: Installation,
): readonly Gateway[] {
  if (missesGateways(attachment, pods)) return []
  const { namespace, labels, targets } = attachment
  const known = targets.length > 0 ? [] : pods.filter((pod) => selects(attachment, pod))
  const ofTargets = targets.map((target) => ({ [gatewayLabel]: target.replace(/^.*\//, '') }))
  const unseen = (targets.length > 0 ? ofTargets : [labels]).map((some) => {
    return { namespace, labels: some, isComplete: false }
  })
  const found = known.length > 0 ? known.map((pod) => ({ ...pod, isComplete: true })) : unseen
  return found.map((pod) => {
    const itself = ofKind('Namespace').find(({ name }) => name === pod.namespace)
    return {
      namespace: pod.namespace,
      labels: labelsAt(itself?.value, 'metadata', 'labels'),
      pod: { labels: pod.labels, isComplete: pod.isComplete },
    }
  })
}

function podsOf({ namespace, value }: Rendered): Pods {
  return { namespace, labels: labelsAt(value, 'spec', 'template', 'metadata', 'labels') }
}

function customPolicyOf(object: Rendered): readonly CustomPolicy[] {
  if (textAt(object.value, 'spec', 'action') !== 'CUSTOM') return []
  const provider = textAt(object.value, 'spec', 'provider', 'name') ?? ''
  return [{ object, provider, attachment: attachmentOf(object) }]
}

function isIstiod({ namespace, value }: Rendered): boolean {
  const labels = labelsAt(value, 'spec', 'template', 'metadata', 'labels')
  return namespace === rootNamespace && labels['app'] === 'istiod'
}
