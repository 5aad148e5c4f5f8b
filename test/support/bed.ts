import type { Transport } from '../../src/check-input.ts'
import { type CheckServer, startCheckServer } from './check-servers.ts'
import type { Envoy } from './envoy.ts'
import { type ExampleEnvoyOptions, startExampleEnvoy } from './example-envoy.ts'
import { startHttp1Upstream, startHttp2Upstream, type Upstream } from './upstream.ts'

/** Client → Envoy with an example's configuration → upstream, and one of Attaché's servers beside. */
export interface Bed {
  /** Where clients connect. */
  readonly port: number
  readonly proxy: Envoy
  readonly server: CheckServer
  readonly upstream: Upstream
  readonly stop: () => Promise<void>
}

/** What {@link startBed} starts. */
export interface BedOptions
  extends Pick<ExampleEnvoyOptions, 'transport' | 'binary' | 'accessLog' | 'edits'> {
  readonly transport: Transport
  /** Default HTTP/1.1. */
  readonly upstreamHttp?: 'HTTP/1.1' | 'HTTP/2'
}

/** Starts all of it, with a checker that the test writes. */
export async function startBed({ upstreamHttp, ...options }: BedOptions): Promise<Bed> {
  const http2 = upstreamHttp === 'HTTP/2'
  const server = await startCheckServer(options.transport)
  const upstream = await (http2 ? startHttp2Upstream() : startHttp1Upstream())
  const proxy = await startExampleEnvoy({
    ...options,
    attachePort: server.port,
    upstream: { port: upstream.port, http2 },
  })
  return {
    port: proxy.port(),
    proxy,
    server,
    upstream,
    stop: async () => {
      await proxy.stop()
      await upstream.stop()
      await server.stop()
    },
  }
}
