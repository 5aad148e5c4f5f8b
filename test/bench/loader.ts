/**
 * The load generator, a process of its own: HTTP/1.1 with keep-alive over plain sockets, so that as
 * little as possible of a shared machine goes into making requests. It takes one {@link Load} at a
 * time by IPC, only ever talks to the loopback address, and each load is bounded in count and time.
 */
import { connect, type Socket } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { createResponseReader } from './response-reader.ts'

/** What to ask of the server on a port of the loopback address. */
export interface Load {
  readonly port: number
  readonly connections: number
  /** Ends when this many requests are answered … */
  readonly maxRequests: number
  /** … or when this time is over, whichever comes first. */
  readonly maxMs: number
  /** Whole requests, sent in turn; the first line, header lines, and the blank line. */
  readonly requests: readonly string[]
}

/** What came of it. */
export interface LoadResult {
  readonly answered: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Status to count. */
  readonly statuses: Readonly<Record<string, number>>
}

async function run(load: Load): Promise<LoadResult> {
  const histogram = createHistogram()
  const statuses: Record<string, number> = {}
  let sent = 0
  const startedAt = performance.now()
  const next = (): string | undefined => {
    if (sent >= load.maxRequests || performance.now() - startedAt > load.maxMs) return undefined
    const request = load.requests[sent % load.requests.length]
    sent += 1
    return request
  }
  const record = (status: string): void => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  await Promise.all(
    Array.from({ length: load.connections }, () =>
      converse(load.port, { next, record, histogram }),
    ),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  return {
    answered,
    seconds,
    p50Ms: histogram.percentile(50) / 1e6,
    p99Ms: histogram.percentile(99) / 1e6,
    statuses,
  }
}

interface Conversation {
  readonly next: () => string | undefined
  readonly record: (status: string) => void
  readonly histogram: RecordableHistogram
}

/** Sends one request after the other over one connection, each after the answer to the last. */
function converse(port: number, { next, record, histogram }: Conversation): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0n
    const send = (): void => {
      const request = next()
      if (request === undefined) {
        socket.destroy()
        resolve()
        return
      }
      sentAt = process.hrtime.bigint()
      socket.write(request, 'latin1')
    }
    const read = createResponseReader((status) => {
      histogram.record(process.hrtime.bigint() - sentAt)
      record(status)
      send()
    })
    socket.on('connect', send)
    socket.on('data', read)
    socket.on('error', reject)
    socket.on('end', () => reject(new Error('Cannot go on: Envoy closed the connection')))
  })
}

process.on('message', (load: Load) => {
  run(load).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})

// Nobody is left to answer.
process.on('disconnect', () => process.exit())
