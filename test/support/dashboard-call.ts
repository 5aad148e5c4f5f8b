/** What the stand-ins for dashboards share: a server, and calls to `https://gateway.attache.svc`. */
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { type Listening, listenOnLoopback } from './loopback.ts'

/** Where pods find the gateway: a name that leads to a port of the loopback. */
export interface GatewayAddress {
  readonly host: 'gateway.attache.svc'
  /** Known once Envoy runs, which is later than dashboards do. */
  readonly port: () => number
  readonly ca: string
}

/** Name and value, in the order of the wire. */
export type Line = readonly [name: string, value: string]

export interface Call {
  readonly method: string
  readonly path: string
  readonly lines: readonly Line[]
}

/** Begins a request to the gateway, as Go's client does: the port stands behind the host. */
export function callGateway(
  { host, port, ca }: GatewayAddress,
  { method, path, lines }: Call,
): ClientRequest {
  const others = lines.filter(([name]) => name.toLowerCase() !== 'host')
  const headers = [['Host', `${host}:${port()}`] as const, ...others].flat()
  const address = { host: '127.0.0.1', port: port(), servername: host, ca, agent: false }
  return httpsRequest({ ...address, method, path, headers, setDefaultHeaders: false })
}

/** The lines of a message, names as they were sent. */
export function linesOf({ rawHeaders }: IncomingMessage): readonly Line[] {
  const lines: Line[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    lines.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  }
  return lines
}

/** Sends the answer of a call on as it comes; without one it is 502. */
export function relay(call: ClientRequest, response: ServerResponse): void {
  call.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
  })
  call.on('error', () => response.writeHead(502).end())
}

export interface DashboardServer extends Listening {
  /** Requests so far, upgrades among them. */
  readonly count: () => number
}

/** Takes an upgrade, whose connection is the listener's own from then on. */
export type UpgradeListener = (request: IncomingMessage, socket: Socket) => void

/** Listens on a free port of the loopback. */
export async function serveDashboard(
  listener: RequestListener,
  onUpgrade?: UpgradeListener,
): Promise<DashboardServer> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    listener(request, response)
  })
  if (onUpgrade !== undefined) {
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      count += 1
      onUpgrade(request, socket)
    })
  }
  return { count: () => count, ...(await listenOnLoopback(server)) }
}
