import { once } from 'node:events'
import type { Server, Socket } from 'node:net'

/** A server that listens. */
export interface Listening {
  readonly port: number
  /** Ends its connections too, whatever is under way on them. */
  readonly stop: () => Promise<void>
}

/** Listens on a free port of the loopback. A test file whose set-up fails half-way ends all the same. */
export async function listenOnLoopback(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  server.unref()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('Cannot listen on TCP')
  return {
    port: address.port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
