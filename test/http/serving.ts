import assert from 'node:assert/strict'
import type { Checker } from '../../src/check.ts'
import type { CheckInput } from '../../src/check-input.ts'
import { type HttpServerOptions, startHttpServer } from '../../src/http/server.ts'
import type { RunningCheckServer } from '../../src/serving/listen.ts'
import { allow } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { type Connection, open, type Response } from './connection.ts'

const closing: (() => void | Promise<void>)[] = []

/** Closes what a test has opened; for afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close()
}

/** Starts a server on a free port of the loopback. */
export async function start(options: Partial<HttpServerOptions> = {}): Promise<RunningCheckServer> {
  const server = await startHttpServer({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    tls: undefined,
    pathPrefix: () => '',
    acceptsCaller: () => true,
    checker: () => fakeChecker(),
    ...options,
  })
  closing.push(() => server.close(0))
  return server
}

/** The port of a server that has one. */
export function portOf({ address }: RunningCheckServer): number {
  assert.equal(address.kind, 'tcp')
  return address.port
}

/** A connection that is closed after the test. */
export function opened(...parameters: Parameters<typeof open>): Connection {
  const connection = open(...parameters)
  closing.push(connection.close)
  return connection
}

/** A server, a connection to it, and the requests that it has checked. */
export async function serve(
  options: Partial<HttpServerOptions> & { decide?: Checker['check'] } = {},
) {
  const seen: CheckInput[] = []
  const { decide = async () => allow({}), ...rest } = options
  const check: Checker['check'] = async (input, checkOptions) => {
    seen.push(input)
    return decide(input, checkOptions)
  }
  const server = await start({ checker: () => fakeChecker({ check }), ...rest })
  return { server, seen, ...opened(portOf(server)) }
}

/** An HTTP/1.1 request without a body. */
export function request(target: string, ...lines: string[]): string {
  return [`${target} HTTP/1.1`, 'host: h', ...lines, '', ''].join('\r\n')
}

/** The status of a response; 0 when there is none. */
export function statusOf(response: Response | undefined): number {
  return response?.status ?? 0
}
