import type { Address } from '../config/types.ts'
import type { AdapterDeps } from '../serving/checker-guard.ts'
import type { RunningCheckServer, ServerTls } from '../serving/listen.ts'
import { createCheckMethod } from './check.ts'
import { createHealth } from './health.ts'
import { startHttp2Server } from './http2-server.ts'

/** What the gRPC server is made of. */
export interface GrpcServerOptions extends AdapterDeps {
  readonly listen: Address
  readonly tls: ServerTls | undefined
  /** What health checks answer. */
  readonly isReady: () => boolean
}

/** The full name by which health checks ask for the one service that is not health itself. */
const authorizationName = 'envoy.service.auth.v3.Authorization'

const healthRefreshMs = 1000

/** Listens for Envoy's gRPC checks and for health checks. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<RunningCheckServer> {
  const { listen, tls, isReady, checker, acceptsCaller } = options
  const health = createHealth(isReady, { services: [authorizationName] })
  const check = createCheckMethod({ checker, acceptsCaller })
  const methods = new Map([[`/${authorizationName}/Check`, check], ...health.methods])
  const running = await startHttp2Server({ listen, tls, methods })
  const timer = setInterval(health.refresh, healthRefreshMs).unref()
  return {
    ...running,
    close: async (graceMs) => {
      clearInterval(timer)
      health.stop()
      await running.close(graceMs)
    },
  }
}
