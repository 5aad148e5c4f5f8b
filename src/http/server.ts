import type { ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { continueWith } from '../awaitable.ts'
import type { Address } from '../config/types.ts'
import type { AdapterDeps } from '../serving/checker-guard.ts'
import {
  assertReplaceableTls,
  type RunningCheckServer,
  type ServerTls,
  secureContext,
} from '../serving/listen.ts'
import { listenHttp, nodeApp } from '../serving/listen-http.ts'
import { createCheckHandler, type Encoded } from './check.ts'
import { createNodeServer } from './node-server.ts'

/** What the HTTP server is made of. */
export interface HttpServerOptions extends AdapterDeps {
  readonly listen: Address
  readonly tls: ServerTls | undefined
  /** What Envoy's `path_prefix` puts before the path; empty or begins with `/`. */
  readonly pathPrefix: () => string
}

/**
 * Listens for Envoy's HTTP checks, and for nothing else. On Node's own server: every request is a check,
 * whatever its method and path, so a framework would have nothing to do and take 2 µs for it.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningCheckServer> {
  const { listen, tls, ...deps } = options
  const answer = createCheckHandler(deps)
  // Envoy opens connections before it needs them, and Node takes one without any request for busy.
  const unused = new Set<Socket>()
  const server = createNodeServer(({ method = '', url = '', rawHeaders, socket }, response) => {
    unused.delete(socket)
    // Once it drains, an answer also says that its connection ends; 503 would be a failure for Envoy.
    const isLast = !server.listening
    void continueWith(answer({ method, url, rawHeaders }), (encoded) =>
      send(response, encoded, { isLast }),
    )
  }, tls)
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    unused.add(socket)
    socket.on('close', () => unused.delete(socket))
  })
  const app = nodeApp(server, {
    end: () => {
      server.closeIdleConnections()
      for (const socket of unused) socket.destroy()
    },
    cut: () => server.closeAllConnections(),
  })
  const running = await listenHttp(app, listen)
  return {
    ...running,
    setTls: (next) => {
      assertReplaceableTls(tls, next)
      if (next !== undefined && server instanceof TlsServer) {
        server.setSecureContext(secureContext(next))
      }
    },
  }
}

/** Writes the response in one piece. Never throws. */
function send(
  response: ServerResponse,
  { status, headers, body }: Encoded,
  { isLast }: { readonly isLast: boolean },
): void {
  response.sendDate = false
  // Envoy shows a denial's headers to the client: say nothing of this connection, unless it ends.
  if (isLast) response.shouldKeepAlive = false
  else response.removeHeader('connection')
  try {
    response.writeHead(status, headers)
    response.end(body, 'latin1')
  } catch {
    // Node refuses what the encoder let pass; a response without headers it has to take.
    response.writeHead(403).end()
  }
}
