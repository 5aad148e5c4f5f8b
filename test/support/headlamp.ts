/**
 * A stand-in for Headlamp's backend in a cluster. It does what release 0.45.0 does with `-in-cluster`,
 * `-proxy-auth` and the headers of examples/headlamp/values.yaml, as read in its `backend/` (cmd/headlamp.go,
 * cmd/multiplexer.go, pkg/auth, pkg/kubeconfig):
 *
 * - `/clusters/main/API` goes on to the API server with every header line that the request has, Impersonate-* and
 *   X-Forwarded-* too; X-Forwarded-Host is set, and X-Forwarded-For is added to. Upgrades go on the same way.
 * - The token is the proxy's header, else that of the cookie `headlamp-auth-main.0`, and replaces Authorization;
 *   without either, Authorization stays. A bearer subprotocol is taken for Authorization where there is none.
 * - The WebSocket multiplexer has the cookie's token, and looks at no header.
 * - A call has Headlamp's own User-Agent, an upgrade none.
 * - `/clusters/main/me` tells whom the proxy's headers name, or the token, without asking anybody.
 * - With `-unsafe-use-service-account-token` every call has the token of its own account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  callGateway,
  type DashboardServer,
  type GatewayAddress,
  type Line,
  linesOf,
  relay,
  serveDashboard,
} from './dashboard-call.ts'

export interface HeadlampOptions {
  /** `KUBERNETES_SERVICE_HOST` and `_PORT`, and the CA beside the account's token. */
  readonly gateway: GatewayAddress
  /** As with `-unsafe-use-service-account-token`; default: without. */
  readonly ownToken?: () => string
}

const tokenHeader = 'x-remote-id-token'
const prefix = '/clusters/main'

export async function startHeadlamp(options: HeadlampOptions): Promise<DashboardServer> {
  const { gateway } = options
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = request
    if (url === `${prefix}/me`) return tellMe(request, response)
    if (url.startsWith('/wsMultiplexer?')) return multiplex(request, response, gateway)
    if (!url.startsWith(`${prefix}/`)) return response.end('the page of Headlamp')
    const path = url.slice(prefix.length)
    const call = callGateway(gateway, { method, path, lines: outgoing(request, options) })
    relay(call, response)
    return request.pipe(call)
  }
  return serveDashboard(listener, (request, socket) => {
    const { method = 'GET', url = '/' } = request
    const path = url.slice(prefix.length)
    tunnel(socket, callGateway(gateway, { method, path, lines: outgoing(request, options) }))
  })
}

/** What httputil.ReverseProxy sends, after the backend has chosen the token. */
function outgoing(request: IncomingMessage, { ownToken, gateway }: HeadlampOptions): Line[] {
  const { headers } = request
  const isUpgrade = headers.upgrade !== undefined
  const lines = new Map<string, Line[]>()
  for (const line of linesOf(request)) {
    const name = line[0].toLowerCase()
    lines.set(name, [...(lines.get(name) ?? []), line])
  }
  const set = (name: string, value: string) => lines.set(name, [[name, value]])
  const offered = takeSubprotocolToken(headers['sec-websocket-protocol'] ?? '')
  if (offered.others !== '') set('sec-websocket-protocol', offered.others)
  else lines.delete('sec-websocket-protocol')
  if (offered.token !== '' && !lines.has('authorization')) {
    set('authorization', `Bearer ${offered.token}`)
  }
  if (ownToken === undefined) {
    const token = (lines.get(tokenHeader)?.[0]?.[1] ?? '').trim() || cookieToken(headers.cookie)
    if (token !== '') set('authorization', `Bearer ${token}`)
  } else {
    lines.delete('cookie')
    set('authorization', `Bearer ${ownToken()}`)
  }
  if (isUpgrade) lines.delete('user-agent')
  else set('user-agent', 'Headlamp 0.45.0 (linux/amd64)')
  set('x-forwarded-host', `${gateway.host}:${gateway.port()}`)
  const others = lines.get('x-forwarded-for')?.map(([, value]) => value) ?? []
  set('x-forwarded-for', [...others, request.socket.remoteAddress ?? ''].join(', '))
  const ofTheHop = isUpgrade ? [] : ['connection', 'keep-alive', 'te']
  for (const name of [tokenHeader, 'transfer-encoding', ...ofTheHop]) lines.delete(name)
  return [...lines.values()].flat()
}

const bearerPrefix = 'base64url.bearer.authorization.k8s.io.'

function takeSubprotocolToken(header: string): { token: string; others: string } {
  const protocols = header.split(',').map((protocol) => protocol.trim())
  const bearer = protocols.find((protocol) => protocol.startsWith(bearerPrefix))
  return {
    token: Buffer.from(bearer?.slice(bearerPrefix.length) ?? '', 'base64url').toString(),
    others: protocols.filter((protocol) => !protocol.startsWith(bearerPrefix)).join(', '),
  }
}

function cookieToken(cookie = ''): string {
  return /(?:^|; )headlamp-auth-main\.0=([^;]*)/.exec(cookie)?.[1] ?? ''
}

function tellMe({ headers }: IncomingMessage, response: ServerResponse): void {
  const username = headers['x-forwarded-user']
  const email = headers['x-forwarded-email']
  response.writeHead(username === undefined ? 401 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ username, email }))
}

/** The answer to what a message of the multiplexer makes it dial; the real one speaks WebSocket here, too. */
function multiplex(
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
  gateway: GatewayAddress,
): void {
  const path = new URLSearchParams(url.split('?')[1]).get('path') ?? '/'
  const token = cookieToken(headers.cookie)
  const credential: Line[] = token === '' ? [] : [['Authorization', `Bearer ${token}`]]
  const lines: Line[] = [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version', '13'],
    ['Origin', `https://${gateway.host}`],
    ...credential,
  ]
  const call = callGateway(gateway, { method: 'GET', path, lines })
  call.on('upgrade', (_answer, socket: Socket) => {
    socket.destroy()
    response.end('101')
  })
  call.on('response', ({ statusCode }) => response.end(String(statusCode)))
  call.on('error', () => response.end('502'))
  call.end()
}

function tunnel(client: Socket, call: ReturnType<typeof callGateway>): void {
  call.on('upgrade', (answer, upstream: Socket, head: Buffer) => {
    upstream.on('error', () => client.destroy())
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.write(headOf(answer))
    client.write(head)
    upstream.pipe(client)
    client.pipe(upstream)
  })
  call.on('response', (answer) => {
    client.write(headOf(answer))
    answer.pipe(client)
  })
  call.on('error', () => client.destroy())
  call.end()
}

function headOf(answer: IncomingMessage): string {
  const lines = linesOf(answer)
    .filter(([name]) => name.toLowerCase() !== 'transfer-encoding')
    .map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('')}\r\n`
}
