import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Address } from '../config/types.ts'
import {
  assertReplaceableTls,
  type RunningCheckServer,
  type ServerTls,
  secureContext,
} from '../serving/listen.ts'
import { listenHttp, nodeApp } from '../serving/listen-http.ts'
import { type Method, receiveCall } from './call.ts'

export interface Http2ServerOptions {
  readonly listen: Address
  readonly tls: ServerTls | undefined
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, Method>
}

const options = {
  // Beyond this many megabytes Node would refuse calls: one denied by that would be a failure for Envoy.
  maxSessionMemory: Number.MAX_SAFE_INTEGER,
  // Envoy resets a check whose client has gone, and all its clients share a connection: by default whoever
  // cancels a thousand requests would end everybody's checks. A reset costs no more than its check.
  streamResetBurst: 1_000_000,
  streamResetRate: 1_000_000,
  noDelay: true,
  // Finds connections whose Envoy went away without a word.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
}

/** Listens for calls of these methods. */
export async function startHttp2Server({
  listen,
  tls,
  methods,
}: Http2ServerOptions): Promise<RunningCheckServer> {
  const server = create(tls)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
    receiveCall(methods, stream, headers),
  )
  const app = nodeApp(server, {
    end: () => {
      for (const session of sessions) drain(session)
    },
    // A connection that has never spoken HTTP/2 is no session.
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
  })
  const running = await listenHttp(app, listen)
  return {
    ...running,
    setTls: (next) => {
      assertReplaceableTls(tls, next)
      if (next !== undefined && 'setSecureContext' in server) {
        server.setSecureContext(secureContext(next))
      }
    },
  }
}

/** The largest that there is: no call that is on its way already is refused. */
const anyStream = 2 ** 31 - 1

/** How long a caller may take to answer; one that does not is treated as if it had. */
const patienceMs = 1000

/**
 * Says goodbye in two steps ({@link https://www.rfc-editor.org/rfc/rfc9113#section-6.8 RFC 9113 §6.8}): the
 * caller has read the first when it answers the ping, and what it sent before is here by then.
 */
function drain(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return
  const enough = setTimeout(() => session.close(), patienceMs)
  session.goaway(constants.NGHTTP2_NO_ERROR, anyStream)
  session.ping(() => {
    clearTimeout(enough)
    session.close()
  })
}

function create(tls: ServerTls | undefined): Http2Server | Http2SecureServer {
  if (tls === undefined) return createServer(options)
  return createSecureServer({
    ...options,
    ...secureContext(tls),
    requestCert: tls.clientCA !== undefined,
    rejectUnauthorized: true,
  })
}
