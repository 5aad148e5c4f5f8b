import type { Checker } from '../../src/check.ts'
import type { CheckInput, Transport } from '../../src/check-input.ts'
import type { Allow, Decision, Reply } from '../../src/decision.ts'
import { startGrpcServer } from '../../src/grpc/server.ts'
import type { HeaderChanges, HeaderLine } from '../../src/headers/changes.ts'
import { startHttpServer } from '../../src/http/server.ts'

/** One of Attaché's two servers with a checker that a test has written. */
export interface CheckServer {
  readonly port: number
  /** Every request that was checked, oldest first. */
  readonly checks: readonly CheckInput[]
  /** Decides from now on. */
  readonly answer: (decide: (input: CheckInput) => Decision) => void
  readonly stop: () => Promise<void>
}

/** Starts the real adapter of a transport; until told otherwise it allows and changes nothing. */
export async function startCheckServer(transport: Transport): Promise<CheckServer> {
  const checks: CheckInput[] = []
  let decide: (input: CheckInput) => Decision = allowAsIs
  const checker: Checker = {
    check: async (input) => {
      checks.push(input)
      return decide(input)
    },
    refuse: (reason, detail) => reply({ status: 400, body: `${reason}: ${detail}` }),
  }
  const options = {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    tls: undefined,
    checker: () => checker,
    acceptsCaller: () => true,
  } as const
  const server =
    transport === 'grpc'
      ? await startGrpcServer({ ...options, isReady: () => true })
      : await startHttpServer({ ...options, pathPrefix: () => '' })
  if (server.address.kind !== 'tcp') throw new TypeError('Cannot use a server without a port')
  return {
    port: server.address.port,
    checks,
    answer: (next) => {
      decide = next
    },
    stop: async () => server.close(0),
  }
}

/** An allow with these changes. */
export function allow(
  changes: Partial<HeaderChanges>,
  downstream: readonly HeaderLine[] = [],
): Allow {
  const upstream = { set: [], append: [], remove: [], ...changes }
  return { kind: 'allow', id: 'test', upstream, downstream }
}

/** A response to the client. */
export function reply(parts: Partial<Omit<Reply, 'kind' | 'id'>>): Reply {
  return { kind: 'reply', id: 'test', status: 403, headers: [], body: '', ...parts }
}

function allowAsIs(): Decision {
  return allow({})
}
