import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { listenOnLoopback } from './loopback.ts'
import { type ReceivedSpan, readSpans } from './otlp.ts'

/** A collector of traces on loopback, which keeps what it is sent. */
export interface TraceCollector {
  /** `http://127.0.0.1:PORT`, without path. */
  readonly url: string
  readonly port: number
  readonly requests: readonly CollectorRequest[]
  /** Of the requests that it has taken. */
  readonly spans: () => readonly ReceivedSpan[]
  /** Answers so from now on: a status and headers, or by hand. Default: 200. */
  readonly answer: (next: CollectorAnswer) => void
  /** Resolves with the spans as soon as there is what the test waits for; rejects with all after a minute. */
  readonly until: (
    isThere: (spans: readonly ReceivedSpan[]) => boolean,
  ) => Promise<readonly ReceivedSpan[]>
  readonly stop: () => Promise<void>
}

export interface CollectorRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Unpacked. */
  readonly body: Buffer
}

export type CollectorAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | ((response: ServerResponse) => void)

const patienceMs = 60_000

/** Starts it; with `tls` it speaks https. */
export async function startTraceCollector(tls?: ServerOptions): Promise<TraceCollector> {
  const requests: CollectorRequest[] = []
  const spans: ReceivedSpan[] = []
  const waiting = new Set<() => void>()
  let answer: CollectorAnswer = { status: 200 }

  const take = ({ headers, body }: CollectorRequest): void => {
    spans.push(...readSpans(headers['content-type'], body))
    for (const look of waiting) look()
  }
  const server = tls === undefined ? createServer() : createTlsServer(tls)
  server.on('request', (request, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { headers, url = '' } = request
      const sent = Buffer.concat(chunks)
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
      const received = { path: url, headers, body }
      requests.push(received)
      if (typeof answer === 'function') answer(response)
      else {
        if (answer.status === 200) take(received)
        response.writeHead(answer.status, answer.headers).end()
      }
    })
  })
  const { port, stop } = await listenOnLoopback(server)
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    spans: () => spans,
    answer: (next) => {
      answer = next
    },
    until: (isThere) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!isThere(spans)) return
          clearTimeout(giveUp)
          waiting.delete(look)
          resolve(spans)
        }
        const giveUp = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`Cannot find a span among ${JSON.stringify(spans, null, 1)}`))
        }, patienceMs)
        waiting.add(look)
        look()
      }),
    stop,
  }
}
