import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Address, ListenConfig } from '../config/types.ts'
import { ListenError } from '../errors.ts'

/** PEM texts of a server; `clientCA` asks for mutual TLS. */
export type ServerTls = NonNullable<ListenConfig['tls']>

/** A server that is listening. */
export interface RunningServer {
  /** Where it really listens: port 0 has become a port. */
  readonly address: Address
  /**
   * Takes no new connection, lets the running requests end, and cuts what has not ended after
   * `graceMs`. Resolves when everything is closed.
   */
  readonly close: (graceMs: number) => Promise<void>
}

/** A server of checks, whose certificate can be changed while it runs. */
export interface RunningCheckServer extends RunningServer {
  /**
   * Uses this certificate for new connections. Throws, with the old one still in force, if it is
   * unusable, or if TLS or mutual TLS was switched on or off, which needs a new server.
   */
  readonly setTls: (tls: ServerTls | undefined) => void
}

/**
 * Makes way for a Unix socket: removes one that a dead process left behind. Throws if something else
 * is at this path, or if a server answers there.
 */
export async function claimSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return
  if (!stats.isSocket()) {
    throw new ListenError(`Cannot listen on "unix:${path}": there is a file that is no socket`)
  }
  if (await answers(path)) {
    throw new ListenError(`Cannot listen on "unix:${path}": another server is listening there`)
  }
  await unlink(path)
}

/** Lets the owner and the group of the socket connect, and nobody else. */
export async function restrictSocket(path: string): Promise<void> {
  await chmod(path, 0o660)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Throws unless a server that runs with `current` can go on with `next`. */
export function assertReplaceableTls(
  current: ServerTls | undefined,
  next: ServerTls | undefined,
): void {
  if ((current === undefined) !== (next === undefined)) {
    throw new Error('Cannot switch TLS on or off: the ports are open, restart for that')
  }
  if ((current?.clientCA === undefined) !== (next?.clientCA === undefined)) {
    throw new Error('Cannot switch mutual TLS on or off: the ports are open, restart for that')
  }
  // Throws if certificate and key do not fit; grpc-js would drop every connection instead.
  if (next !== undefined) createSecureContext(secureContext(next))
}

/** The certificate, its key and the CA of clients, as Node's TLS takes them. */
export function secureContext({ cert, key, clientCA }: ServerTls): {
  readonly cert: string
  readonly key: string
  readonly ca?: string
} {
  return clientCA === undefined ? { cert, key } : { cert, key, ca: clientCA }
}
