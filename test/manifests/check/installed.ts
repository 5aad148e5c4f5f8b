import { stringify } from 'yaml'
import type { Config } from '../../../src/config/types.ts'
import { findingsOf } from '../../../src/manifests/check/check.ts'
import { readObjects } from '../../../src/manifests/check/documents.ts'
import type { Finding } from '../../../src/manifests/check/finding.ts'
import { kindsOfInterest } from '../../../src/manifests/check/installation.ts'
import type { Manifest } from '../../../src/manifests/manifest.ts'
import { manifestsFor } from '../../../src/manifests/manifests.ts'
import { type ManifestArguments, readOptions } from '../../../src/manifests/options.ts'

/** An object as it is before it is YAML. */
export interface Plain {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** A change of what is installed. */
export type Change = (objects: readonly Plain[]) => readonly Plain[]

const service = { namespace: 'attache', name: 'attache' }
const labels = { app: 'attache' }

/** What stands beside the printed objects: Attaché itself, its gateway, and istiod. */
const surroundings: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: service,
    spec: {
      selector: labels,
      ports: [
        { name: 'grpc', port: 9090, targetPort: 'grpc', appProtocol: 'grpc' },
        { name: 'http-check', port: 8080, targetPort: 'http-check' },
        { name: 'http-pages', port: 8082, targetPort: 'http-pages' },
      ],
    },
  },
  deployment(service, labels, {
    ports: [
      { name: 'grpc', containerPort: 9090 },
      { name: 'http-check', containerPort: 8080 },
      { name: 'http-pages', containerPort: 8082 },
    ],
  }),
  gatewayPods('istio-ingressgateway'),
  gatewayPods('cluster-local-gateway'),
  deployment(
    { namespace: 'istio-system', name: 'istiod' },
    { app: 'istiod' },
    {
      env: [
        { name: 'SHARED_MESH_CONFIG', value: 'istio-attache' },
        { name: 'PILOT_JWT_ENABLE_REMOTE_JWKS', value: 'hybrid' },
      ],
    },
  ),
]

/** Lets in the gateways that the printed policies are about. */
function networkPolicy(printed: readonly Manifest[]): object {
  const ofEnvoyGateway = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
  }
  const ofIstio = printed
    .filter(({ object }) => object.kind === 'AuthorizationPolicy')
    .map(({ object }) => {
      const { selector, targetRefs } = object.spec as {
        readonly selector?: object
        readonly targetRefs?: readonly { readonly name: string }[]
      }
      const name = targetRefs?.[0]?.name
      return {
        namespaceSelector: {
          matchLabels: { 'kubernetes.io/metadata.name': object.metadata.namespace },
        },
        podSelector: selector ?? {
          matchLabels: { 'gateway.networking.k8s.io/gateway-name': name },
        },
      }
    })
  const from = ofIstio.length > 0 ? ofIstio : [ofEnvoyGateway]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: service,
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress'],
      ingress: [
        { from, ports: [{ port: 'grpc' }, { port: 'http-check' }, { port: 'http-pages' }] },
      ],
    },
  }
}

function gatewayPods(name: string): object {
  return deployment({ namespace: 'istio-system', name }, { app: name, istio: 'ingressgateway' }, {})
}

function deployment(metadata: object, of: object, container: object): object {
  const containers = [{ name: 'main', ...container }]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { metadata: { labels: of }, spec: { containers } } },
  }
}

/** What is wrong with an installation of what is printed, once something is changed in it. */
export function findingsAfter(
  config: Config,
  {
    given = {},
    change,
  }: { readonly given?: ManifestArguments; readonly change?: Change | undefined },
): readonly Finding[] {
  const printed = manifestsFor(config, readOptions(config, given))
  const installed = [
    ...printed.map(({ object }) => object),
    ...surroundings,
    networkPolicy(printed),
  ]
  const objects = installed.map((object) => structuredClone(object) as Plain)
  const changed = change === undefined ? objects : change(objects)
  const text = changed.map((object) => `---\n${stringify(object)}`).join('')
  const read = readObjects({ file: 'rendered.yaml', text }, kindsOfInterest)
  if (read.problems.length > 0) throw new Error(read.problems.join('\n'))
  return findingsOf(read.objects, { config, service })
}

/** Sets what stands at a path of an object, or removes it with `undefined`. */
export function set(name: string, path: readonly (string | number)[], value: unknown): Change {
  return (objects) => {
    edit(objects, name, (object) => {
      const last = path.at(-1)
      if (last === undefined) throw new RangeError('Cannot set: the path is empty')
      let at: unknown = object
      for (const key of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[key]
      const holder = at as Record<string | number, unknown>
      if (value === undefined) delete holder[last]
      else holder[last] = value
    })
    return objects
  }
}

/** Replaces a text in an object, which must have it. */
export function replace(
  name: string,
  [from, to]: readonly [from: string | RegExp, to: string],
): Change {
  return (objects) =>
    objects.map((object) => {
      if (nameOf(object) !== name) return object
      const text = JSON.stringify(object)
      const changed = text.replace(from, () => to)
      if (text === changed) throw new RangeError(`Cannot change ${name}: it has no ${String(from)}`)
      return JSON.parse(changed) as Plain
    })
}

/** Adds an object. */
export function add(object: object): Change {
  return (objects) => [...objects, object as Plain]
}

/** Takes an object away. */
export function without(name: string): Change {
  return (objects) => {
    edit(objects, name, () => undefined)
    return objects.filter((object) => nameOf(object) !== name)
  }
}

/** One after the other. */
export function all(...changes: readonly Change[]): Change {
  return (objects) => changes.reduce((changed, change) => change(changed), objects)
}

function edit(objects: readonly Plain[], name: string, change: (object: Plain) => void): void {
  const found = objects.filter((object) => nameOf(object) === name)
  if (found.length !== 1) throw new RangeError(`Cannot change ${name}: there are ${found.length}`)
  found.forEach(change)
}

function nameOf({ kind, metadata: { name } }: Plain): string {
  return `${kind} ${name}`
}

/** `severity: what`, for whatever was found. */
export function said(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ severity, what }) => `${severity}: ${what}`)
}
