/** One connection to a server, on which a test writes bytes and reads responses one after the other. */
import { connect, type Socket } from 'node:net'
import { type ByteReader, readBody, readBytes, readHead } from '../support/wire.ts'

/** A response as received; see test/support/wire.ts for its text. */
export interface Response {
  readonly status: number
  readonly lines: readonly string[]
  readonly body: string
}

/** The connection. */
export interface Connection {
  readonly write: (bytes: Buffer | string) => void
  /** The next response, interim ones included; undefined when the server has closed. */
  readonly next: (request?: { readonly head: boolean }) => Promise<Response | undefined>
  readonly close: () => void
  /** Closes so that the server sees an error. */
  readonly reset: () => void
}

/** Opens a connection to the port, or speaks on the given socket. */
export function open(
  port: number,
  socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
): Connection {
  const reader: ByteReader = readBytes(socket)
  return {
    write: (bytes) =>
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    next: async ({ head: isHead } = { head: false }) => {
      const head = await readHead(reader)
      if (head === undefined) return undefined
      const status = Number(head.startLine.split(' ')[1])
      const { lines } = head
      if (isHead || status < 200) return { status, lines, body: '' }
      const { body } = await readBody(reader, { lines, untilClose: true })
      return { status, lines, body }
    },
    close: () => socket.destroy(),
    reset: () => socket.resetAndDestroy(),
  }
}
