import type { ServerHttp2Stream } from 'node:http2'
import { type Call, endWith, finish, type Method, send, statusCode } from './call.ts'
import {
  cursorAt,
  nextTag,
  numberField,
  numberTagOf,
  readText,
  skip,
  tagOf,
  toBuffer,
} from './wire.ts'

/** The health service and what keeps its watchers informed. */
export interface Health {
  /** By path. */
  readonly methods: ReadonlyMap<string, Method>
  /** Tells watchers if readiness has changed; to be called now and then. */
  readonly refresh: () => void
  /** Says NOT_SERVING from now on and ends every watch. */
  readonly stop: () => void
}

/** Numbers as in protos/grpc/health/v1/health.proto. */
const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const

type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus]

/** One that watches, and what it was told last. */
interface Watcher {
  readonly service: string
  last: ServingStatus
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
  const watchers = new Map<ServerHttp2Stream, Watcher>()
  let stopped = false

  const statusOf = (service: string): ServingStatus => {
    if (!known.has(service)) return servingStatus.serviceUnknown
    return !stopped && isReady() ? servingStatus.serving : servingStatus.notServing
  }

  const check = ({ stream, message }: Call): void => {
    const status = statusOf(readService(message))
    if (status === servingStatus.serviceUnknown) {
      endWith(stream, { code: statusCode.notFound, text: 'unknown service' })
    } else finish(stream, response(status))
  }

  const watch = ({ stream, message }: Call): void => {
    const service = readService(message)
    const last = statusOf(service)
    send(stream, response(last))
    if (stopped) {
      finish(stream)
      return
    }
    watchers.set(stream, { service, last })
    stream.on('close', () => watchers.delete(stream))
  }

  const refresh = (): void => {
    for (const [stream, watcher] of watchers) {
      const status = statusOf(watcher.service)
      if (status !== watcher.last) send(stream, response(status))
      watcher.last = status
    }
  }

  const stop = (): void => {
    stopped = true
    refresh()
    for (const stream of watchers.keys()) finish(stream)
    watchers.clear()
  }

  const methods = new Map([
    ['/grpc.health.v1.Health/Check', check],
    ['/grpc.health.v1.Health/Watch', watch],
  ])
  return { methods, refresh, stop }
}

const serviceField = tagOf(1)
const statusField = numberTagOf(1)

/** The service of a `HealthCheckRequest`. */
function readService(message: Buffer): string {
  const cursor = cursorAt(message)
  let service = ''
  for (let tag = nextTag(cursor); tag !== 0; tag = nextTag(cursor)) {
    if (tag === serviceField) service = readText(cursor)
    else skip(cursor, tag)
  }
  return service
}

/** A `HealthCheckResponse`. */
function response(status: ServingStatus): Buffer {
  return toBuffer(numberField(statusField, status))
}
