import { isLocal } from '../config/address.ts'
import type { Address, Config } from '../config/types.ts'
import { headerLists } from './header-lists.ts'
import { ManifestError, type ObjectName } from './manifest.ts'
import type { CheckTransport, ManifestOptions } from './options.ts'

/**
 * What Envoy waits for, at most: Attaché answers before it has passed. Istio's own default of 600 s would
 * keep a client waiting for ten minutes (threats L33).
 */
export const maxTimeoutSeconds = 10

/** What a client gets when there was no answer all the same. Istio's own default is 403. */
export const statusOnError = '503'

/** The variable of the gateway's pods that holds `listen.callerSecretFile`'s secret. */
export const callerVariable = 'ATTACHE_CALLER'

/** Envoy's formatters for what an HTTP check does not say by itself. */
export const additionalHeaders = {
  'x-attache-connection': '%REQ(CONNECTION)%',
  'x-attache-source': '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  'x-attache-upgrade': '%REQ(UPGRADE)%',
} as const

/** What the header of a caller's secret holds: the variable, so that no object holds the secret. */
export const callerValue = `%ENVIRONMENT(${callerVariable})%`

/** Where the pages port publishes the keys of identity tokens. */
export const jwksPath = '/.well-known/jwks.json'

/** The name by which policies know the provider. */
export function providerName(transport: CheckTransport): string {
  return `attache-${transport}`
}

/** As Istio and Kubernetes resolve it. */
export function serviceHost({ namespace, name }: ObjectName): string {
  return `${name}.${namespace}.svc.cluster.local`
}

/**
 * As an extensionProvider must name it. Without the namespace istiod takes whoever has the host: a ServiceEntry of
 * any namespace would end every check while the Service is there, and would answer them all while it is not.
 */
export function providerService(service: ObjectName): string {
  return `${service.namespace}/${serviceHost(service)}`
}

/** The port that gateways reach; throws {@link ManifestError} where they reach none. */
export function portOf(listen: Config['listen'], key: 'grpc' | 'http' | 'pages'): number {
  const address: Address | undefined = listen[key]
  if (address === undefined) {
    throw new ManifestError(
      `Cannot print: the configuration has no listen.${key}, which gateways need`,
    )
  }
  if (address.kind === 'unix' || isLocal(address) || address.port === 0) {
    throw new ManifestError(
      `Cannot print: no gateway in another pod reaches listen.${key}. Use an address such as 0.0.0.0:${usualPorts[key]}`,
    )
  }
  return address.port
}

const usualPorts = { grpc: 9090, http: 8080, pages: 8082 }

/** The entry of `extensionProviders`. */
export function extensionProvider(
  config: Config,
  { transport, service }: Pick<ManifestOptions, 'transport' | 'service'>,
): object {
  const common = {
    service: providerService(service),
    port: portOf(config.listen, transport),
    timeout: `${maxTimeoutSeconds}s`,
    failOpen: false,
    statusOnError,
  }
  const name = providerName(transport)
  if (transport === 'grpc') return { name, envoyExtAuthzGrpc: common }
  const { checkPathPrefix, callerSecret } = config.listen
  const lists = headerLists(config)
  return {
    name,
    envoyExtAuthzHttp: {
      ...common,
      ...(checkPathPrefix === '' ? {} : { pathPrefix: checkPathPrefix }),
      includeRequestHeadersInCheck: lists.inCheck,
      includeAdditionalHeadersInCheck: {
        ...(callerSecret === undefined ? {} : { 'x-attache-caller': callerValue }),
        ...additionalHeaders,
      },
      headersToUpstreamOnAllow: lists.toUpstream,
      headersToDownstreamOnAllow: lists.toClientOnAllow,
      headersToDownstreamOnDeny: lists.toClientOnDeny,
    },
  }
}
