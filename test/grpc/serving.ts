import type { GrpcServerOptions } from '../../src/grpc/server.ts'
import type { RunningCheckServer } from '../../src/serving/listen.ts'
import { type CheckClient, connectTo, startServer } from './client.ts'
import { encodeRequest } from './reference.ts'

const closing: (() => void | Promise<void>)[] = []

/** Closes what a test has opened; for afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close()
}

/** A server on a free port of the loopback. */
export async function start(options: Partial<GrpcServerOptions> = {}): Promise<RunningCheckServer> {
  const server = await startServer(options)
  closing.push(() => server.close(0))
  return server
}

/** A connection that is closed after the test. */
export function connected(...[address, creds]: Parameters<typeof connectTo>): CheckClient {
  const client = connectTo(address, creds)
  closing.push(client.close)
  return client
}

/** A connection to a server. */
export async function serve(options: Partial<GrpcServerOptions> = {}): Promise<CheckClient> {
  return connected((await start(options)).address)
}

/** GET / as Envoy asks about it. */
export const get = encodeRequest({
  attributes: { request: { http: { method: 'GET', path: '/', host: 'h' } } },
})

/** The port of a server that has one. */
export function portOf({ address }: RunningCheckServer): number {
  if (address.kind !== 'tcp') throw new TypeError('Cannot name a port: there is none')
  return address.port
}
