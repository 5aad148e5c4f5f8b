/**
 * HTTP/1.1 as bytes. Tests of smuggling and of header lines cannot use an HTTP library on either end:
 * it would join, reorder or refuse the very lines that they are about. Text is latin1 throughout, one
 * character for each byte; {@link utf8} reads such text as UTF-8.
 */
import type { Socket } from 'node:net'

/** A start line, the header lines exactly as received, the body and the trailer lines. */
export interface Http1Message {
  readonly startLine: string
  readonly lines: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

/** Takes bytes off a socket as they are asked for. */
export interface ByteReader {
  /** Up to and without the delimiter; undefined when the peer closes before it came. */
  readonly until: (delimiter: string) => Promise<string | undefined>
  /** Exactly that many bytes, or what there was before the peer closed. */
  readonly take: (count: number) => Promise<string>
  /** Whatever has come, at least one byte; empty when the peer has closed. */
  readonly some: () => Promise<string>
  /** All that comes until the peer closes. */
  readonly rest: () => Promise<string>
}

/** Reads a socket; a reset counts as a close. */
export function readBytes(socket: Socket): ByteReader {
  const state: ReadState = { buffer: '', closed: false, wake: undefined }
  const close = () => {
    state.closed = true
    state.wake?.()
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    state.buffer += chunk
    state.wake?.()
  })
  socket.on('end', close)
  socket.on('close', close)
  socket.on('error', close)
  const more = () => new Promise<void>((resolve) => (state.wake = resolve))
  const cut = (count: number) => {
    const taken = state.buffer.slice(0, count)
    state.buffer = state.buffer.slice(count)
    return taken
  }
  const take = async (count: number) => {
    while (state.buffer.length < count && !state.closed) await more()
    return cut(count)
  }
  return {
    take,
    some: async () => {
      while (state.buffer === '' && !state.closed) await more()
      return cut(state.buffer.length)
    },
    rest: async () => take(Number.POSITIVE_INFINITY),
    until: async (delimiter) => {
      for (;;) {
        const at = state.buffer.indexOf(delimiter)
        if (at >= 0) return cut(at + delimiter.length).slice(0, at)
        if (state.closed) return undefined
        await more()
      }
    },
  }
}

interface ReadState {
  buffer: string
  closed: boolean
  wake: (() => void) | undefined
}

/** Reads a start line and header lines; undefined when the peer closes first. */
export async function readHead(
  reader: ByteReader,
): Promise<Pick<Http1Message, 'startLine' | 'lines'> | undefined> {
  const head = await reader.until('\r\n\r\n')
  if (head === undefined) return undefined
  const [startLine = '', ...lines] = head.split('\r\n')
  return { startLine, lines }
}

/**
 * Reads the body that the header lines announce, and its trailers. `untilClose` says what a message
 * without a length means: a response goes on until the peer closes, a request has no body.
 */
export async function readBody(
  reader: ByteReader,
  { lines, untilClose }: { readonly lines: readonly string[]; readonly untilClose: boolean },
): Promise<Pick<Http1Message, 'body' | 'trailers'>> {
  if (values(lines, 'transfer-encoding').at(-1)?.toLowerCase() === 'chunked') {
    return readChunks(reader)
  }
  const length = values(lines, 'content-length')[0]
  if (length !== undefined) return { body: await reader.take(Number(length)), trailers: [] }
  return { body: untilClose ? await reader.rest() : '', trailers: [] }
}

async function readChunks(reader: ByteReader): Promise<Pick<Http1Message, 'body' | 'trailers'>> {
  let body = ''
  for (;;) {
    const size = Number.parseInt((await reader.until('\r\n')) ?? '0', 16)
    if (size === 0) break
    body += await reader.take(size)
    await reader.until('\r\n')
  }
  const trailers: string[] = []
  for (;;) {
    const line = await reader.until('\r\n')
    if (line === undefined || line === '') return { body, trailers }
    trailers.push(line)
  }
}

/** The name of a header line, in lower case. */
export function nameOf(line: string): string {
  // A pseudo header of HTTP/2 begins with the colon that ends other names.
  const end = line.indexOf(':', 1)
  return (end < 0 ? line : line.slice(0, end)).toLowerCase()
}

/** The values of all lines of that name, in order, decoded as UTF-8. */
export function values(lines: readonly string[], name: string): string[] {
  return lines
    .filter((line) => nameOf(line) === name.toLowerCase())
    .map((line) => utf8(line.slice(name.length + 1).trim()))
}

/** The lines whose name matches. */
export function linesNamed(lines: readonly string[], pattern: RegExp): string[] {
  return lines.filter((line) => pattern.test(nameOf(line)))
}

/** The UTF-8 text of bytes that were read as latin1. */
export function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
