/**
 * gRPC over HTTP/2 by hand, as much of it as checks and health checks need: one message comes, one or
 * more go back. A general library takes as long for it as everything else of a check together.
 * @see {@link https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md gRPC over HTTP/2}
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'

/** A call whose message has arrived. */
export interface Call {
  readonly stream: ServerHttp2Stream
  readonly message: Buffer
  /** What the caller says of the call itself; several lines of a name are joined with commas. */
  readonly headers: IncomingHttpHeaders
  /** By `performance.now()`, when the call began: its deadline counts from there. */
  readonly startedMs: number
}

/** Answers calls of one method; never throws, and ends each call at some time. */
export type Method = (call: Call) => void

/** The {@link https://grpc.github.io/grpc/core/md_doc_statuscodes.html status codes} that are used here. */
export const statusCode = {
  ok: 0,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
} as const

/**
 * Bytes of one message, at most. Envoy takes at most 8 MB of request headers; what is larger could only be
 * a body. Beyond the limit the answer is an RPC error, which Envoy takes for a failure.
 */
const maxMessageBytes = 16 * 1024 * 1024

/** A byte that says whether the message is compressed, and four with its length. */
const prefixBytes = 5

const contentType = 'application/grpc'
/** With or without the name of an encoding: it is Protocol Buffers either way. */
const isGrpc = /^application\/grpc(?:$|[+;])/

/** Reads the one message of a call and hands it to its method; whatever is no such call ends at once. */
export function receiveCall(
  methods: ReadonlyMap<string, Method>,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): void {
  const startedMs = performance.now()
  // A stream that the caller resets is over, and that is all.
  stream.on('error', () => {})
  if (isOver(stream)) return
  if (headers[':method'] !== 'POST') return refuse(stream, 405)
  if (!isGrpc.test(headers['content-type'] ?? '')) return refuse(stream, 415)
  const method = methods.get(headers[':path'] ?? '')
  if (method === undefined) {
    endWith(stream, { code: statusCode.unimplemented, text: 'unknown method' })
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    // Before it lies in memory.
    if (bytes <= prefixBytes + maxMessageBytes) chunks.push(chunk)
    else endWith(stream, { code: statusCode.resourceExhausted, text: 'the message is too long' })
  })
  stream.on('end', () => {
    // Reset with NO_ERROR, as Envoy does, an unfinished message ends as if it were whole.
    if (isOver(stream) || stream.headersSent) return
    const [first, ...more] = chunks
    const received = first !== undefined && more.length === 0 ? first : Buffer.concat(chunks)
    const fault = faultOf(received)
    if (fault !== undefined) endWith(stream, fault)
    else method({ stream, headers, startedMs, message: received.subarray(prefixBytes) })
  })
}

/** Whether nobody listens any more: Node throws at whoever answers all the same, and nobody would catch that. */
function isOver({ destroyed, closed }: ServerHttp2Stream): boolean {
  return destroyed || closed
}

/** Of what is not gRPC at all. */
function refuse(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status }, { endStream: true })
  readNoMore(stream)
}

/** Of a message that is still being sent nobody reads the rest. */
function readNoMore(stream: ServerHttp2Stream): void {
  // At once the reset would overtake the answer.
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR))
}

interface Fault {
  readonly code: number
  /** Printable ASCII without "%". */
  readonly text: string
}

function faultOf(received: Buffer): Fault | undefined {
  const isWhole =
    received.length >= prefixBytes && received.readUInt32BE(1) === received.length - prefixBytes
  if (!isWhole) return { code: statusCode.internal, text: 'there is not exactly one message' }
  if (received[0] === 0) return undefined
  return { code: statusCode.unimplemented, text: 'the message is compressed' }
}

/** Milliseconds of each unit of `grpc-timeout`. */
const units: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
}

/** What the caller's deadline leaves, in milliseconds; undefined when it set none. */
export function remainingMs({ headers, startedMs }: Call): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(textOf(headers['grpc-timeout'])) ?? []
  if (digits === undefined) return undefined
  return Math.max(0, Number(digits) * (units[unit] ?? 0) - (performance.now() - startedMs))
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Sends one message, of which more may follow. A caller that has gone gets nothing. */
export function send(stream: ServerHttp2Stream, message: Buffer): void {
  if (!begin(stream)) return
  stream.write(framed(message))
}

/** Sends the only message, or none more, and ends the call well. */
export function finish(stream: ServerHttp2Stream, message?: Buffer): void {
  if (!begin(stream)) return
  if (message === undefined) stream.end()
  else stream.end(framed(message))
}

/** Ends a call, to which nothing was sent, with an error. */
export function endWith(stream: ServerHttp2Stream, { code, text }: Fault): void {
  if (isOver(stream) || stream.headersSent) return
  const status = { 'grpc-status': String(code), 'grpc-message': text }
  stream.respond({ ':status': 200, 'content-type': contentType, ...status }, { endStream: true })
  readNoMore(stream)
}

const head = { ':status': 200, 'content-type': contentType }
const well = { 'grpc-status': String(statusCode.ok) }

/** False where nobody listens any more. */
function begin(stream: ServerHttp2Stream): boolean {
  if (isOver(stream)) return false
  if (stream.headersSent) return true
  stream.respond(head, { waitForTrailers: true })
  stream.on('wantTrailers', () => {
    if (!isOver(stream)) stream.sendTrailers(well)
  })
  return true
}

function framed(message: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + message.length)
  bytes[0] = 0
  bytes.writeUInt32BE(message.length, 1)
  message.copy(bytes, prefixBytes)
  return bytes
}
