/**
 * DNS of a cluster, for istiod: it fetches signing keys itself, from Services of the cluster, and loopback has
 * no such names. Go sends plain http requests to a proxy when told to (but for loopback addresses), and this
 * proxy knows where a Service is.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as send } from 'undici'
import { listenOnLoopback } from './loopback.ts'

/** Names of Services and what they stand for. */
export interface ClusterNames {
  /** The URL of the proxy. */
  readonly proxy: string
  /** From now on `http://{name}`, such as `dex.auth.svc.cluster.local:5556`, is this port of 127.0.0.1. */
  readonly set: (name: string, port: number) => void
  /** What was asked for, oldest first: absolute URLs. */
  readonly asked: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts a proxy that knows no names. */
export async function startClusterNames(): Promise<ClusterNames> {
  const ports = new Map<string, number>()
  const asked: string[] = []
  const pass = async ({ url: target = '' }: IncomingMessage, response: ServerResponse) => {
    asked.push(target)
    const { host, pathname, search } = new URL(target)
    const port = ports.get(host)
    // What a resolver would say in other words: there is no such Service.
    if (port === undefined) return void response.writeHead(502).end()
    const answer = await send(`http://127.0.0.1:${port}${pathname}${search}`)
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' })
    response.end(await answer.body.text())
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  const { port, stop } = await listenOnLoopback(server)
  return {
    proxy: `http://127.0.0.1:${port}`,
    set: (name, to) => void ports.set(name, to),
    asked,
    stop,
  }
}
