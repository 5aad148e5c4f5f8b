import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

type Listener = RequestListener

/** An issuer on loopback whose answers a test can change at any time. */
export interface LocalIssuer {
  readonly url: string
  /** How often each was asked for. */
  readonly asked: { discovery: number; jwks: number; other: number }
  /** What is answered; the defaults are a working issuer. */
  discovery: Listener
  jwks: Listener
  other: Listener
  /** Publishes this text with status 200. */
  readonly publish: (jwks: string) => void
  readonly close: () => Promise<void>
}

/** Answers with a status and a body. */
export function respond(
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Listener {
  return (_request, response) => response.writeHead(status, headers).end(body)
}

/** Takes the request and never answers. */
export const silence: Listener = () => {}

export async function startIssuer(
  options: { jwks?: string; port?: number; tls?: { key: string; cert: string } } = {},
): Promise<LocalIssuer> {
  const listener: Listener = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name =
      pathname === '/.well-known/openid-configuration'
        ? 'discovery'
        : pathname === '/jwks'
          ? 'jwks'
          : 'other'
    issuer.asked[name] += 1
    issuer[name](request, response)
  }
  const server: Server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const issuer: LocalIssuer = {
    url,
    asked: { discovery: 0, jwks: 0, other: 0 },
    discovery: respond(200, JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` })),
    jwks: respond(200, options.jwks ?? '{"keys":[]}'),
    other: respond(404, ''),
    publish: (jwks) => {
      issuer.jwks = respond(200, jwks)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return issuer
}
