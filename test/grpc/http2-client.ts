/** An HTTP/2 client below gRPC, for calls that no gRPC library makes. */
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { RunningCheckServer } from '../../src/serving/listen.ts'

/** What came back on one stream. */
export interface Answer {
  /** 0 where there was no response. */
  readonly status: number
  /** Wherever it stood; undefined where there was none. */
  readonly grpcStatus: string | undefined
  /** With the prefix. */
  readonly body: Buffer
  /** How the stream ended, by RFC 9113 §7. */
  readonly resetCode: number
}

export const checkPath = '/envoy.service.auth.v3.Authorization/Check'

const callHeaders = {
  ':method': 'POST',
  ':path': checkPath,
  'content-type': 'application/grpc',
  te: 'trailers',
}

/** A session with the server; errors of it are its end and nothing else. */
export function openSession({ address }: RunningCheckServer): ClientHttp2Session {
  if (address.kind !== 'tcp') throw new TypeError('Cannot connect: no port')
  // Megabytes: with more than that on their way the client itself would take no answer.
  const session = connect(`http://127.0.0.1:${address.port}`, { maxSessionMemory: 1000 })
  session.on('error', () => undefined)
  return session
}

/** Sends these bytes, each in a DATA frame of its own, and resolves when the stream has ended. */
export async function exchange(
  session: ClientHttp2Session,
  chunks: readonly Buffer[],
  { headers = {} }: { readonly headers?: OutgoingHttpHeaders } = {},
): Promise<Answer> {
  const sent = { ...callHeaders, ...headers }
  const stream = session.request(sent, { endStream: chunks.length === 0 })
  let status = 0
  let grpcStatus: string | undefined
  const body: Buffer[] = []
  const closed = Promise.withResolvers<void>()
  stream.on('close', closed.resolve)
  const read = ({ 'grpc-status': found }: IncomingHttpHeaders) => {
    if (typeof found === 'string') grpcStatus = found
  }
  stream.on('error', () => undefined)
  stream.on('response', (fields) => {
    status = fields[':status'] ?? 0
    read(fields)
  })
  stream.on('trailers', read)
  stream.on('data', (chunk: Buffer) => body.push(chunk))
  // What has been answered before its end is sent no further.
  stream.on('response', () => stream.on('end', () => stream.writableFinished || stream.destroy()))
  for (const chunk of chunks) stream.write(chunk)
  if (chunks.length > 0) stream.end()
  await closed.promise
  return { status, grpcStatus, body: Buffer.concat(body), resetCode: stream.rstCode ?? 0 }
}

/** A message as gRPC frames it; `flag` and `length` lie where a test wants them to. */
export function framed(message: Buffer, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}
