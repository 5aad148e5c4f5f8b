import type { Transport } from '../../src/check-input.ts'
import { type Attache, type AttacheOptions, startAttache } from './attache.ts'
import type { Envoy } from './envoy.ts'
import { type ExampleEnvoyOptions, startExampleEnvoy } from './example-envoy.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { startHttp1Upstream, startHttp2Upstream, type Upstream } from './upstream.ts'

/** The whole service and a real issuer: what an operator runs, and nothing in its place. */
export interface Service {
  readonly attache: Attache
  readonly issuer: Issuer
  readonly stop: () => Promise<void>
}

/** What {@link startService} starts; `authentication` trusts the issuer already. */
export interface ServiceOptions extends Omit<AttacheOptions, 'config'> {
  /** Sections of the configuration, or what makes them when the issuer's URL is known. */
  readonly config: AttacheOptions['config'] | ((issuer: string) => AttacheOptions['config'])
  readonly issuer?: Parameters<typeof startIssuer>[0]
}

/** Starts an issuer, and Attaché with a configuration that trusts it. */
export async function startService({
  issuer: about,
  ...options
}: ServiceOptions): Promise<Service> {
  const issuer = await startIssuer(about)
  const sections =
    typeof options.config === 'function' ? options.config(issuer.url) : options.config
  const attache = await startAttache({ ...options, config: { ...trust(issuer), ...sections } })
  return {
    attache,
    issuer,
    stop: async () => {
      await attache.stop()
      await issuer.close()
    },
  }
}

/** Configuration that takes the issuer's tokens: user name from `email`, groups from `groups`. */
export function trust({ url }: Issuer): Readonly<Record<string, unknown>> {
  const claimMappings = {
    username: { claim: 'email', prefix: '' },
    groups: { claim: 'groups', prefix: '' },
  }
  return {
    insecureIssuers: [url],
    authentication: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [{ issuer: { url, audiences: ['platform'] }, claimMappings }],
    },
  }
}

/** Client → Envoy → upstream. */
export interface Gateway {
  /** Where clients connect. */
  readonly port: number
  readonly proxy: Envoy
  readonly upstream: Upstream
  readonly stop: () => Promise<void>
}

/** What {@link startGateway} starts. */
export interface GatewayOptions extends Omit<ExampleEnvoyOptions, 'attachePort' | 'upstream'> {
  readonly transport: Transport
  /** Ports that checks go to, by transport. */
  readonly checkPorts: Readonly<Record<Transport, number>>
  /** Default HTTP/1.1. */
  readonly upstreamHttp?: 'HTTP/1.1' | 'HTTP/2'
}

/** Starts an upstream, and an Envoy with an example's configuration in front of it. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { checkPorts, upstreamHttp, ...envoy } = options
  const http2 = upstreamHttp === 'HTTP/2'
  const upstream = await (http2 ? startHttp2Upstream() : startHttp1Upstream())
  const proxy = await startExampleEnvoy({
    ...envoy,
    attachePort: checkPorts[envoy.transport],
    upstream: { port: upstream.port, http2 },
  })
  return {
    port: proxy.port(),
    proxy,
    upstream,
    stop: async () => {
      await proxy.stop()
      await upstream.stop()
    },
  }
}
