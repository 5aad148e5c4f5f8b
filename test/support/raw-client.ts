/**
 * Clients that send exactly what a test says. {@link sendBytes} for everything that can be wrong on
 * HTTP/1.1, {@link http1Request} for an ordinary request over it, {@link http2Request} for an ordinary
 * one over HTTP/2; http2-frames.ts sends what no HTTP/2 library will.
 */
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Seen } from './upstream.ts'
import { type ByteReader, readBody, readBytes, readHead, utf8, values } from './wire.ts'

/** A response; `status` 0 means that the peer closed without one, or gave none in time. */
export interface RawResponse {
  readonly status: number
  /** `name: value` as received; text is latin1 (see wire.ts). */
  readonly lines: readonly string[]
  readonly body: string
}

/** A request header: a line verbatim, or name and value. */
export type RequestLine = string | readonly [name: string, value: string]

/** One request, GET / by default. */
export interface RequestOptions {
  readonly method?: string
  readonly path?: string
  /** `Host` or `:authority`. Default `upstream.example`. */
  readonly host?: string
  readonly headers?: readonly RequestLine[]
  readonly body?: string
  /** Speaks TLS, over HTTP/1.1 only. */
  readonly tls?: ConnectionOptions | undefined
}

const timeoutMs = 20_000
const none: RawResponse = { status: 0, lines: [], body: '' }

/** The bytes of an HTTP/1.1 request. A line that is a string is sent as it is. */
export function http1Bytes({
  method = 'GET',
  path = '/',
  host = 'upstream.example',
  headers = [],
  body,
}: RequestOptions = {}): Buffer {
  const lines = headers.map((line) => (typeof line === 'string' ? line : line.join(': ')))
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...lines, ...length, '', ''].join(
    '\r\n',
  )
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '', 'utf8')])
}

/** Sends the bytes on a connection of their own and reads one response. */
export async function sendBytes(
  port: number,
  bytes: Buffer | string,
  tls?: ConnectionOptions,
): Promise<RawResponse> {
  const { socket, reader } = dial(port, tls)
  try {
    const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    socket.write(sent)
    return await readResponse(reader, { head: sent.toString('latin1', 0, 5) === 'HEAD ' })
  } finally {
    socket.destroy()
  }
}

/** Sends one request over HTTP/1.1. */
export async function http1Request(port: number, options?: RequestOptions): Promise<RawResponse> {
  return sendBytes(port, http1Bytes(options), options?.tls)
}

/** A connection that an upgrade has made a tunnel, or the response that refused it. */
export interface Tunnel {
  readonly response: RawResponse
  /** Sends bytes and resolves with the next ones that come. */
  readonly exchange: (bytes: string) => Promise<string>
  /** The next bytes that come; empty when the peer has closed. */
  readonly read: () => Promise<string>
  readonly close: () => void
}

/** Asks for an upgrade and keeps the connection. */
export async function openTunnel(port: number, options: RequestOptions): Promise<Tunnel> {
  const { socket, reader } = dial(port, options.tls)
  socket.write(http1Bytes(options))
  const response = await readResponse(reader, { head: false })
  return {
    response,
    exchange: async (bytes) => {
      socket.write(bytes)
      return reader.some()
    },
    read: reader.some,
    close: () => socket.destroy(),
  }
}

function dial(
  port: number,
  tls?: ConnectionOptions,
): { readonly socket: Socket; readonly reader: ByteReader } {
  const address = { port, host: '127.0.0.1' }
  const socket = tls === undefined ? connect(address) : connectTls({ ...address, ...tls })
  socket.setTimeout(timeoutMs, () => socket.destroy())
  return { socket, reader: readBytes(socket) }
}

async function readResponse(
  reader: ByteReader,
  request: { readonly head: boolean },
): Promise<RawResponse> {
  for (;;) {
    const head = await readHead(reader)
    if (head === undefined) return none
    const { lines } = head
    const status = Number(head.startLine.split(' ')[1])
    if (status === 101) return { status, lines, body: '' }
    if (status < 200) continue
    if (request.head || status === 204 || status === 304) return { status, lines, body: '' }
    const { body } = await readBody(reader, { lines, untilClose: true })
    return { status, lines, body }
  }
}

/** Sends one request over HTTP/2 with prior knowledge. Header lines are name and value only. */
export async function http2Request(
  port: number,
  {
    method = 'GET',
    path = '/',
    host = 'upstream.example',
    headers = [],
    body,
  }: RequestOptions = {},
): Promise<RawResponse> {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { maxHeaderListPairs: 10_000 })
  const sent = new Map<string, string[]>()
  for (const line of headers) {
    if (typeof line === 'string')
      throw new TypeError(`Cannot send "${line}" over HTTP/2: use a pair`)
    sent.set(line[0].toLowerCase(), [...(sent.get(line[0].toLowerCase()) ?? []), line[1]])
  }
  try {
    return await new Promise<RawResponse>((resolve, reject) => {
      session.on('error', reject)
      const stream = session.request({
        ':method': method,
        ':path': path,
        ':authority': host,
        ':scheme': 'http',
        ...Object.fromEntries(sent),
      })
      const lines: string[] = []
      const chunks: Buffer[] = []
      stream.setTimeout(timeoutMs, () => stream.destroy())
      stream.on('response', (_headers, _flags, raw: readonly string[]) => {
        for (let at = 0; at + 1 < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}`)
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', () => resolve(none))
      stream.on('close', () => {
        const status = Number(values(lines, ':status')[0] ?? 0)
        resolve({ status, lines, body: Buffer.concat(chunks).toString('latin1') })
      })
      stream.end(body)
    })
  } finally {
    session.destroy()
  }
}

/** What the recording upstream saw of this request; throws when another than it has answered. */
export function seenBy(response: RawResponse): Seen {
  if (response.status !== 200) {
    throw new Error(`Cannot read what the upstream saw: status ${response.status} ${response.body}`)
  }
  const parse: (text: string) => Seen = JSON.parse
  return parse(utf8(response.body))
}
