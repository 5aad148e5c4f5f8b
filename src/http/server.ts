import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Address } from '../config/types.ts'
import type { AdapterDeps } from '../serving/checker-guard.ts'
import {
  assertReplaceableTls,
  type RunningCheckServer,
  type ServerTls,
  secureContext,
} from '../serving/listen.ts'
import { listenHttp } from '../serving/listen-http.ts'
import { createCheckHandler, type Encoded, lastResponse } from './check.ts'
import { answerClientError, createNodeServer } from './node-server.ts'

/** What the HTTP server is made of. */
export interface HttpServerOptions extends AdapterDeps {
  readonly listen: Address
  readonly tls: ServerTls | undefined
  /** What Envoy's `path_prefix` puts before the path; empty or begins with `/`. */
  readonly pathPrefix: () => string
}

/** Listens for Envoy's HTTP checks, and for nothing else. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningCheckServer> {
  const { listen, tls } = options
  const app = createApp(options)
  const running = await listenHttp(app, listen)
  return {
    ...running,
    setTls: (next) => {
      assertReplaceableTls(tls, next)
      if (next !== undefined && app.server instanceof TlsServer) {
        app.server.setSecureContext(secureContext(next))
      }
    },
  }
}

function createApp({ tls, ...deps }: HttpServerOptions): FastifyInstance {
  const answer = createCheckHandler(deps)
  const app = Fastify({
    serverFactory: (listener) => createNodeServer(listener, tls),
    clientErrorHandler: answerClientError,
    // Every request is a check, whatever its path; `originalUrl` keeps the one that it is about.
    rewriteUrl: () => '/',
    // While it drains, 503 would be a failure for Envoy, which `failure_mode_allow` forgives.
    return503OnClosing: false,
  })
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  }

  const respond = async (request: IncomingMessage, target: string, response: ServerResponse) => {
    const { method = '', rawHeaders } = request
    send(response, await answer({ method, url: target, rawHeaders }))
  }

  app.route({
    method: methods,
    url: '/',
    // Before Fastify looks at content type and body, which are none of a check's business.
    onRequest: (request, reply) => {
      reply.hijack()
      void respond(request.raw, request.originalUrl, reply.raw)
    },
    handler: (_request, reply) => deny(reply),
  })
  // Not to be reached; if they are, Fastify's own answers would be 404, which is none of ours, and 500.
  app.setNotFoundHandler((_request, reply) => deny(reply))
  app.setErrorHandler((_error, _request, reply) => deny(reply))
  return app
}

function deny(reply: { readonly hijack: () => unknown; readonly raw: ServerResponse }): void {
  reply.hijack()
  send(reply.raw, lastResponse())
}

/** Writes the response in one piece. Never throws. */
function send(response: ServerResponse, { status, headers, body }: Encoded): void {
  response.sendDate = false
  // Envoy shows a denial's headers to the client: say nothing of this connection, unless it ends.
  if (!response.hasHeader('connection')) response.removeHeader('connection')
  try {
    response.writeHead(status, headers)
    response.end(body, 'latin1')
  } catch {
    // Node refuses what the encoder let pass; a response without headers it has to take.
    response.writeHead(403).end()
  }
}
