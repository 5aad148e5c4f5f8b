/** What answers Envoy's checks as a service does that fails, or a mesh in its place: never with a verdict. */
import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { listenOnLoopback } from './loopback.ts'

/** Ports by transport. */
export interface FailingChecker {
  readonly ports: { readonly grpc: number; readonly http: number }
  /** Checks over HTTP get this status from now on. */
  httpStatus: number
  /** And over gRPC this. */
  grpcFailure: GrpcFailure
  readonly stop: () => Promise<void>
}

/**
 * A `grpc-status`; what a mesh answers that knows of no gRPC (`503`); a message that is none; an end of the
 * stream without an answer.
 */
export type GrpcFailure = 2 | 12 | 13 | 14 | 'status 503' | 'garbage' | 'reset'

/** Starts it. */
export async function startFailingChecker(): Promise<FailingChecker> {
  const http = createHttp1Server((request, response) => {
    request.resume()
    response.writeHead(failing.httpStatus, { 'content-type': 'text/html' }).end('<h1>failed</h1>')
  })
  const grpc = createHttp2Server().on('stream', (stream: ServerHttp2Stream) => {
    stream.resume()
    stream.on('error', () => stream.destroy())
    fail(stream, failing.grpcFailure)
  })
  const listening = { http: await listenOnLoopback(http), grpc: await listenOnLoopback(grpc) }
  const failing: FailingChecker = {
    ports: { grpc: listening.grpc.port, http: listening.http.port },
    httpStatus: 500,
    grpcFailure: 13,
    stop: async () => {
      await listening.http.stop()
      await listening.grpc.stop()
    },
  }
  return failing
}

function fail(stream: ServerHttp2Stream, failure: GrpcFailure): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc' }
  switch (failure) {
    case 'status 503':
      stream.respond({ ':status': 503, 'content-type': 'text/html' })
      stream.end('<h1>failed</h1>')
      return
    case 'reset':
      stream.close(2)
      return
    case 'garbage':
      stream.respond(headers, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      // A message of seven bytes, whose first field has no end.
      stream.end(Buffer.from([0, 0, 0, 0, 7, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
      return
    case 2:
    case 12:
    case 13:
    case 14:
      stream.respond({ ...headers, 'grpc-status': String(failure) }, { endStream: true })
  }
}
