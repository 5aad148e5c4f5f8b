import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  status as rpcStatus,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'

/** As in protos/grpc/health/v1/health.proto, by the names that proto-loader gives them. */
interface HealthCheckRequest {
  readonly service: string
}
interface HealthCheckResponse {
  readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'
}
type Watcher = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>

/** The health service and what keeps its watchers informed. */
export interface Health {
  readonly implementation: UntypedServiceImplementation
  /** Tells watchers if readiness has changed; to be called now and then. */
  readonly refresh: () => void
  /** Says NOT_SERVING from now on and ends every watch. */
  readonly stop: () => void
}

/**
 * Creates `grpc.health.v1.Health`: SERVING as long as `isReady` says so, for the whole server (`""`) and
 * for each of `services`.
 * @see {@link https://github.com/grpc/grpc/blob/master/doc/health-checking.md Health checking}
 */
export function createHealth(
  isReady: () => boolean,
  { services }: { readonly services: readonly string[] },
): Health {
  const known = new Set(['', ...services])
  const watchers = new Map<Watcher, HealthCheckResponse['status']>()
  let stopped = false

  const statusOf = (service: string): HealthCheckResponse['status'] => {
    if (!known.has(service)) return 'SERVICE_UNKNOWN'
    return !stopped && isReady() ? 'SERVING' : 'NOT_SERVING'
  }

  const check: handleUnaryCall<HealthCheckRequest, HealthCheckResponse> = (call, callback) => {
    const status = statusOf(call.request.service)
    if (status === 'SERVICE_UNKNOWN')
      callback({ code: rpcStatus.NOT_FOUND, details: 'unknown service' })
    else callback(null, { status })
  }

  const watch: handleServerStreamingCall<HealthCheckRequest, HealthCheckResponse> = (call) => {
    const status = statusOf(call.request.service)
    call.write({ status })
    watchers.set(call, status)
    call.on('cancelled', () => watchers.delete(call))
    if (stopped) end(call)
  }

  const end = (call: Watcher): void => {
    watchers.delete(call)
    call.end()
  }

  const refresh = (): void => {
    for (const [call, last] of watchers) {
      const status = statusOf(call.request.service)
      if (status !== last) call.write({ status })
      watchers.set(call, status)
    }
  }

  const stop = (): void => {
    stopped = true
    refresh()
    for (const call of watchers.keys()) end(call)
  }

  return { implementation: { Check: check, Watch: watch }, refresh, stop }
}
