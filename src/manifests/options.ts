import type { Config } from '../config/types.ts'
import { ManifestError, type ObjectName } from './manifest.ts'
import { type Place, places } from './place.ts'

/** Over which of the two transports Envoy asks. */
export type CheckTransport = 'grpc' | 'http'

/** What the command line says besides the configuration. */
export interface ManifestOptions {
  /** In this order. Default: the mesh, and Kubeflow's gateway. */
  readonly places: readonly Place[]
  /** Default: gRPC where Attaché listens for it. */
  readonly transport: CheckTransport
  /** Of which the places are; undefined: as Kubeflow calls it, or as a place of that kind usually is. */
  readonly gateway: ObjectName | undefined
  /** Attaché's own Service. Default `attache/attache`, as in kustomize/base. */
  readonly service: ObjectName
  /** Paths, as Istio writes them, that are not checked. Default: none. */
  readonly uncheckedPaths: readonly string[]
  /** As what the appender reaches Envoy. Default: an EnvoyFilter, which every Istio knows. */
  readonly appender: AppenderKind
}

/** The second is of Istio 1.31 and later. */
export type AppenderKind = 'envoy-filter' | 'traffic-extension'

/** As they were written; throws {@link SyntaxError} for what cannot be one. */
export interface ManifestArguments {
  readonly for?: readonly string[] | undefined
  readonly transport?: string | undefined
  readonly gateway?: string | undefined
  readonly service?: string | undefined
  readonly 'unchecked-path'?: readonly string[] | undefined
  readonly appender?: string | undefined
}

/** The options, with their defaults for a configuration. */
export function readOptions(config: Config, given: ManifestArguments): ManifestOptions {
  return {
    places: given.for === undefined ? ['mesh', 'ingress-gateway'] : given.for.map(readPlace),
    transport: readTransport(config, given.transport),
    gateway: given.gateway === undefined ? undefined : readName('gateway', given.gateway),
    service: readService(given.service),
    uncheckedPaths: (given['unchecked-path'] ?? []).map(readPath),
    appender: readAppender(given.appender ?? 'envoy-filter'),
  }
}

/** Attaché's own Service, as `NAMESPACE/NAME`. Default: that of kustomize/base. */
export function readService(text: string | undefined): ObjectName {
  return readName('service', text ?? 'attache/attache')
}

function readPlace(text: string): Place {
  const place = places.find((known) => known === text)
  if (place === undefined) {
    throw new SyntaxError(`Cannot print for "${text}": use --for with one of ${places.join(', ')}`)
  }
  return place
}

function readTransport(
  { listen }: Pick<Config, 'listen'>,
  text: string | undefined,
): CheckTransport {
  const usual = listen.grpc === undefined ? 'http' : 'grpc'
  const transport = text ?? usual
  if (transport !== 'grpc' && transport !== 'http') {
    throw new SyntaxError(`Cannot ask over "${transport}": use --transport grpc or http`)
  }
  if (listen[transport] === undefined) {
    throw new ManifestError(
      `Cannot ask over ${transport}: the configuration has no listen.${transport}. Add it, or use --transport ${usual}`,
    )
  }
  return transport
}

function readAppender(text: string): AppenderKind {
  if (text === 'envoy-filter' || text === 'traffic-extension') return text
  throw new SyntaxError(
    `Cannot append by "${text}": use --appender envoy-filter or traffic-extension`,
  )
}

const dnsLabel = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const nameForm = new RegExp(`^(?<namespace>${dnsLabel})/(?<name>${dnsLabel})$`)

function readName(option: string, text: string): ObjectName {
  const { namespace, name } = nameForm.exec(text)?.groups ?? {}
  if (namespace === undefined || name === undefined) {
    throw new SyntaxError(`Cannot use --${option} "${text}": write NAMESPACE/NAME`)
  }
  return { namespace, name }
}

function readPath(text: string): string {
  const stars = text.replace(/^\*/, '').replace(/\*$/, '')
  if (!/^\*?\//.test(text) && !text.startsWith('*')) {
    throw new SyntaxError(`Cannot leave "${text}" unchecked: a path begins with "/" or "*"`)
  }
  if (stars.includes('*') || stars.length < 2 || (text.startsWith('*') && text.endsWith('*'))) {
    throw new SyntaxError(
      `Cannot leave "${text}" unchecked: write a path, and "*" at its end or its start, as in "/assets/*"`,
    )
  }
  return text
}
