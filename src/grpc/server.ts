import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { formatAddress } from '../config/address.ts'
import type { Address } from '../config/types.ts'
import { ListenError } from '../errors.ts'
import type { AdapterDeps } from '../serving/checker-guard.ts'
import {
  assertReplaceableTls,
  claimSocket,
  type RunningCheckServer,
  restrictSocket,
  type ServerTls,
} from '../serving/listen.ts'
import { createCertificates } from './certificates.ts'
import { createCheckHandler } from './check.ts'
import { createHealth } from './health.ts'
import { authorizationName, loadServices } from './services.ts'

/** What the gRPC server is made of. */
export interface GrpcServerOptions extends AdapterDeps {
  readonly listen: Address
  readonly tls: ServerTls | undefined
  /** What health checks answer. */
  readonly isReady: () => boolean
}

const serverOptions = {
  // Envoy takes at most 8 MB of request headers; what is larger could only be a body. Beyond the limit
  // grpc-js answers an RPC error, which Envoy takes for a failure.
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
  // Finds connections whose Envoy went away without a word.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // Its counters cost several microseconds a call, and nobody asks for them.
  'grpc.enable_channelz': 0,
}

const healthRefreshMs = 1000

/** Listens for Envoy's gRPC checks and for health checks. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<RunningCheckServer> {
  const { listen, tls, isReady, checker, acceptsCaller } = options
  // grpc-js prints call metadata that it cannot read, and the caller's secret could be in it.
  setLogVerbosity(logVerbosity.NONE)
  const { authorization, health: healthService } = await loadServices()
  const server = new Server(serverOptions)
  server.addService(authorization, {
    Check: createCheckHandler({ checker, acceptsCaller, now: Date.now }),
  })
  const health = createHealth(isReady, { services: [authorizationName] })
  server.addService(healthService, health.implementation)

  const certificates = tls === undefined ? undefined : createCertificates(tls)
  const credentials = certificates?.credentials ?? ServerCredentials.createInsecure()
  const address = await bind(server, { listen, credentials })
  const timer = setInterval(health.refresh, healthRefreshMs).unref()

  return {
    address,
    setTls: (next) => {
      assertReplaceableTls(tls, next)
      if (next !== undefined) certificates?.update(next)
    },
    close: async (graceMs) => {
      clearInterval(timer)
      health.stop()
      await drain(server, { address, graceMs })
    },
  }
}

interface BindOptions {
  readonly listen: Address
  readonly credentials: ServerCredentials
}

async function bind(server: Server, { listen, credentials }: BindOptions): Promise<Address> {
  if (listen.kind === 'unix') await claimSocket(listen.path)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(formatAddress(listen), credentials, (error, bound) => {
      if (error === null) resolve(bound)
      else reject(new ListenError(`Cannot listen on "${formatAddress(listen)}": ${error.message}`))
    })
  })
  if (listen.kind === 'unix') {
    await restrictSocket(listen.path)
    return listen
  }
  return { ...listen, port }
}

interface DrainOptions {
  readonly address: Address
  readonly graceMs: number
}

/**
 * `drain` says goodbye on every connection and cuts those that are left after the grace; `tryShutdown`
 * waits for the last. (`forceShutdown` cuts nothing when channelz is off.)
 */
function drain(server: Server, { address, graceMs }: DrainOptions): Promise<void> {
  server.drain(formatAddress(address), graceMs)
  return new Promise((resolve) => {
    // A connection that never spoke HTTP/2 is not among those that are cut.
    const giveUp = setTimeout(resolve, graceMs + 1000)
    server.tryShutdown(() => {
      clearTimeout(giveUp)
      resolve()
    })
  })
}
