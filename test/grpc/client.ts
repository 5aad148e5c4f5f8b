/** A client as Envoy is one: it sends the bytes of a `CheckRequest` and reads those of the answer. */
import { type ChannelCredentials, Client, credentials, Metadata } from '@grpc/grpc-js'
import { formatAddress } from '../../src/config/address.ts'
import type { Address } from '../../src/config/types.ts'
import { type GrpcServerOptions, startGrpcServer } from '../../src/grpc/server.ts'
import type { RunningCheckServer } from '../../src/serving/listen.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { decodeResponse, type ReferenceResponse } from './reference.ts'

const checkPath = '/envoy.service.auth.v3.Authorization/Check'
const anyPort: Address = { kind: 'tcp', host: '127.0.0.1', port: 0 }

/** Starts a server on a free port of the loopback. */
export async function startServer(
  options: Partial<GrpcServerOptions> = {},
): Promise<RunningCheckServer> {
  return startGrpcServer({
    listen: anyPort,
    tls: undefined,
    isReady: () => true,
    acceptsCaller: () => true,
    checker: () => fakeChecker(),
    ...options,
  })
}

/** How to call. */
export interface CallOptions {
  readonly metadata?: readonly (readonly [name: string, value: string])[]
  /** Milliseconds; none by default. */
  readonly timeoutMs?: number
}

/** A connection to a server. */
export interface CheckClient {
  /** Rejects with grpc-js's error when the call ends in an RPC error. */
  readonly check: (request: Buffer, options?: CallOptions) => Promise<ReferenceResponse>
  /** A call that is cancelled right after it was sent. */
  readonly cancelled: (request: Buffer) => Promise<void>
  readonly channel: Client
  readonly close: () => void
}

/** Connects to the address. */
export function connectTo(
  address: Address,
  channelCredentials: ChannelCredentials = credentials.createInsecure(),
): CheckClient {
  const channel = new Client(formatAddress(address), channelCredentials, {
    'grpc.ssl_target_name_override': 'localhost',
  })
  const call = (request: Buffer, { metadata = [], timeoutMs }: CallOptions = {}) => {
    const sent = new Metadata()
    for (const [name, value] of metadata) sent.add(name, value)
    const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const stream = channel.makeUnaryRequest(
      checkPath,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      sent,
      deadline,
      (error, answer) => {
        if (error === null && answer !== undefined) resolve(answer)
        else reject(error ?? new TypeError('no answer'))
      },
    )
    return { stream, promise }
  }
  return {
    check: async (request, options) => decodeResponse(await call(request, options).promise),
    cancelled: async (request) => {
      const { stream, promise } = call(request)
      stream.cancel()
      await promise.catch(() => undefined)
    },
    channel,
    close: () => channel.close(),
  }
}
