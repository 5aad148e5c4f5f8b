/**
 * `direct/` is the port for requests that are no checks: sign-in's own addresses where a gateway sends
 * them here without asking first, and what providers call. It decides about no request of anybody else.
 */
import type { IncomingMessage } from 'node:http'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { textOf } from '../byte-string.ts'
import type { DirectChecker } from '../check.ts'
import type { CheckInput } from '../check-input.ts'
import type { Address } from '../config/types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { isRequestPath, receiveLine } from '../headers/received.ts'
import { type BackChannelLogout, maxLogoutFormLength } from '../oidc/back-channel-logout.ts'
import type { RunningServer } from '../serving/listen.ts'
import { listenHttp } from '../serving/listen-http.ts'

export interface DirectServerOptions {
  readonly listen: Address
  readonly checker: () => DirectChecker
  /** Where providers end sessions; undefined: the configuration does not let them. */
  readonly backChannelLogout: () =>
    | { readonly path: string; readonly answer: BackChannelLogout }
    | undefined
  /** The JWK Set of the identity tokens; undefined: there are none. */
  readonly jwks: () => string | undefined
}

/** How long one request may take to arrive. Nothing here is long. */
const requestTimeoutMs = 30_000

/** How often Node looks whose time is over: by default only every half minute. */
const checkingIntervalMs = 5_000

/** A browser that Envoy lets through with its cookies (60 KiB by default) gets its page here, too. */
const maxHeaderBytes = 128 * 1024

/** Listens for direct requests. Whatever is no address of sign-in is denied. */
export function startDirectServer(options: DirectServerOptions): Promise<RunningServer> {
  return listenHttp(createApp(options), options.listen)
}

/** Where issuers keep their keys by custom; a mesh is told the address. */
const jwksPath = '/.well-known/jwks.json'

function createApp({ checker, backChannelLogout, jwks }: DirectServerOptions): FastifyInstance {
  const app = Fastify({
    requestTimeout: requestTimeoutMs,
    bodyLimit: maxLogoutFormLength,
    http: { maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: checkingIntervalMs },
    // Fastify's own answers repeat the address.
    frameworkErrors: (_error, _request, reply) => void send(reply, badRequest),
  })
  app.setNotFoundHandler((_request, reply) => send(reply, badRequest))
  app.removeAllContentTypeParsers()
  // A form is text here: its one reader splits it. Everything else that has a body is a sign-out.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.all('*', async ({ raw, body }, reply) => {
    const logout = backChannelLogout()
    if (logout !== undefined && pathOf(raw) === logout.path) {
      if (raw.method !== 'POST') return send(reply, notAllowed)
      return send(reply, await logout.answer(typeof body === 'string' ? body : ''))
    }
    const keys = jwks()
    if (keys !== undefined && pathOf(raw) === jwksPath) return send(reply, keySet(keys))
    const input = readRequest(raw)
    if (input === undefined) return send(reply, badRequest)
    return send(reply, await checker().page(input))
  })
  app.setErrorHandler<Partial<FastifyError>>(({ statusCode = 500 }, _request, reply) =>
    send(reply, statusCode < 500 ? badRequest : failed),
  )
  return app
}

/** The request itself, as a check would describe it. Undefined for a form that none has. */
function readRequest({ method, url, rawHeaders, socket }: IncomingMessage): CheckInput | undefined {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    receiveLine(headers, [textOf(rawHeaders[at] ?? ''), textOf(rawHeaders[at + 1] ?? '')])
  }
  const path = textOf(url ?? '')
  if (method === undefined || !isRequestPath(path)) return undefined
  return {
    transport: 'direct',
    method,
    host: headers.get('host') ?? '',
    path,
    headers,
    source: socket.remoteAddress,
    certificate: undefined,
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? ''
}

interface Answer {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

const badRequest: Answer = plain(400, 'This is no request that can be read here.')
const failed: Answer = plain(500, 'Something failed here. Please try again in a moment.')
const notAllowed: Answer = plain(405, 'This address takes POST only.', ['allow', 'POST'])

/** Kept for as long as a proxy may go without a key that has just been added. */
function keySet(body: string): Answer {
  const headers: HeaderLine[] = [
    ['content-type', 'application/jwk-set+json; charset=utf-8'],
    ['cache-control', 'public, max-age=60'],
  ]
  return { status: 200, headers, body }
}

function plain(status: number, text: string, ...more: readonly HeaderLine[]): Answer {
  const type: HeaderLine = ['content-type', 'text/plain; charset=utf-8']
  return { status, headers: [type, ['cache-control', 'no-store'], ...more], body: `${text}\n` }
}

function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.code(status)
  // Fastify keeps repeated `set-cookie` lines apart, and no other name is repeated.
  for (const [name, value] of headers) reply.header(name, value)
  return reply.send(body)
}
