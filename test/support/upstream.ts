/**
 * Upstreams that record the header lines which reached them, byte for byte and line by line, and send
 * the same back as JSON ({@link Seen}), so that a test reads what its own request became.
 */
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './loopback.ts'
import { readBody, readBytes, readHead, values } from './wire.ts'

/** One request as the upstream got it; text is latin1 (see wire.ts). */
export interface Seen {
  readonly method: string
  readonly path: string
  /** `name: value`, exactly as received; over HTTP/2 pseudo headers too. */
  readonly lines: readonly string[]
  readonly trailers: readonly string[]
  readonly bodyBytes: number
}

/** What an upstream answers besides the JSON of what it saw. */
export interface UpstreamOptions {
  /** Header lines of each response, such as `['set-cookie', 'theirs=1']`. */
  readonly responseHeaders?: readonly (readonly [name: string, value: string])[]
}

export interface Upstream {
  readonly port: number
  /** Every request so far, oldest first. */
  readonly seen: readonly Seen[]
  readonly stop: () => Promise<void>
}

/** An HTTP/1.1 origin on plain TCP. It completes any upgrade, says `hello`, then echoes bytes. */
export async function startHttp1Upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const seen: Seen[] = []
  const server = createServer((socket) => {
    serveHttp1(socket, { seen, options }).catch(() => socket.destroy())
  })
  return { seen, ...(await listenOnLoopback(server)) }
}

interface Http1Context {
  readonly seen: Seen[]
  readonly options: UpstreamOptions
}

async function serveHttp1(socket: Socket, { seen, options }: Http1Context): Promise<void> {
  const reader = readBytes(socket)
  for (;;) {
    const head = await readHead(reader)
    if (head === undefined) return
    const { lines } = head
    const [method = '', path = ''] = head.startLine.split(' ')
    const upgrade = values(lines, 'upgrade')[0]
    const { body, trailers } =
      upgrade === undefined
        ? await readBody(reader, { lines, untilClose: false })
        : { body: '', trailers: [] }
    const request: Seen = { method, path, lines, trailers, bodyBytes: body.length }
    seen.push(request)
    if (upgrade !== undefined) {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${upgrade}`)
      socket.write('\r\n\r\nhello')
      for (;;) {
        const bytes = await reader.some()
        if (bytes === '') return
        socket.write(bytes, 'latin1')
      }
    }
    const answer = JSON.stringify(request)
    const headers = [['content-type', 'application/json'], ...(options.responseHeaders ?? [])]
    socket.write(
      [
        'HTTP/1.1 200 OK',
        `content-length: ${Buffer.byteLength(answer)}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
        '',
        method === 'HEAD' ? '' : answer,
      ].join('\r\n'),
    )
  }
}

/** An HTTP/2 origin without TLS (prior knowledge). */
export async function startHttp2Upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const seen: Seen[] = []
  const server = createHttp2Server({
    maxHeaderListPairs: 10_000,
    settings: { maxHeaderListSize: 1_048_576 },
  })
  server.on('stream', (stream, headers, _flags, rawHeaders: readonly string[]) => {
    const lines = pairs(rawHeaders)
    const trailers: string[] = []
    let bodyBytes = 0
    stream.on('trailers', (_headers, _trailerFlags, raw: readonly string[]) => {
      trailers.push(...pairs(raw))
    })
    stream.on('data', (chunk: Buffer) => (bodyBytes += chunk.length))
    stream.on('error', () => stream.close(constants.NGHTTP2_CANCEL))
    stream.on('end', () => {
      const request: Seen = {
        method: headers[':method'] ?? '',
        path: headers[':path'] ?? '',
        lines,
        trailers,
        bodyBytes,
      }
      seen.push(request)
      answerHttp2(stream, { request, options })
    })
  })
  return { seen, ...(await listenOnLoopback(server)) }
}

function answerHttp2(
  stream: ServerHttp2Stream,
  { request, options }: { readonly request: Seen; readonly options: UpstreamOptions },
): void {
  const headers = new Map<string, string[]>([['content-type', ['application/json']]])
  for (const [name, value] of options.responseHeaders ?? []) {
    headers.set(name, [...(headers.get(name) ?? []), value])
  }
  stream.respond({ ':status': 200, ...Object.fromEntries(headers) })
  stream.end(request.method === 'HEAD' ? '' : JSON.stringify(request))
}

function pairs(raw: readonly string[]): string[] {
  const lines: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}`)
  return lines
}
