/** Stands before a part that speaks TLS and is not there yet, in one of the ways in which parts are not there. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { freePort } from './free-port.ts'

/**
 * `refused`: nobody listens. `silent`: connections are taken, and that is all. `broken`: taken and closed.
 * `page`: a mesh answers 503 with HTML. `untrusted`: TLS, with a certificate of another CA. `open`: the part.
 */
export type DoorState = 'refused' | 'silent' | 'broken' | 'page' | 'untrusted' | 'open'

export interface Door {
  /** On loopback; the same in every state. */
  readonly port: number
  /** Ends all connections; from then on they meet this. */
  readonly set: (state: DoorState) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface DoorOptions {
  /** The port of the part, on loopback. */
  readonly to: number
  /** What else than the part answers in its place shows `trusted`, if it may; the part speaks TLS itself. */
  readonly trusted: Identity
  readonly untrusted: Identity
}

/** PEM. */
interface Identity {
  readonly cert: string
  readonly key: string
}

const html = '<!doctype html><title>no healthy upstream</title>'
const page = `HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\ncontent-length: ${html.length}\r\nconnection: close\r\n\r\n${html}`

/** A door that is refused until it is set otherwise. */
export async function createDoor({ to, ...identities }: DoorOptions): Promise<Door> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let server: Server | undefined

  const meet: Readonly<Record<Exclude<DoorState, 'refused'>, (socket: Socket) => void>> = {
    silent: () => {},
    broken: (socket) => socket.destroy(),
    page: (socket) => socket.once('data', () => socket.end(page)),
    untrusted: () => {},
    open: (socket) => {
      const part = connect(to, '127.0.0.1')
      sockets.add(part)
      socket.pipe(part).pipe(socket)
      for (const [one, other] of [
        [socket, part],
        [part, socket],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    },
  }

  function listener(state: Exclude<DoorState, 'refused'>): Server {
    const take = (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      meet[state](socket)
    }
    if (state !== 'page' && state !== 'untrusted') return createServer(take)
    const { cert, key } = state === 'page' ? identities.trusted : identities.untrusted
    return createTlsServer({ cert, key }, take).on('tlsClientError', () => {})
  }

  const close = async () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    await closed
    server = undefined
  }

  return {
    port,
    set: async (state) => {
      await close()
      if (state === 'refused') return
      server = listener(state).listen(port, '127.0.0.1')
      server.unref()
      await once(server, 'listening')
    },
    stop: close,
  }
}
