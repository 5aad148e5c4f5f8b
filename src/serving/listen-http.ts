import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, Server } from 'node:net'
import { formatAddress } from '../config/address.ts'
import type { Address } from '../config/types.ts'
import { ListenError } from '../errors.ts'
import { claimSocket, type RunningServer, restrictSocket } from './listen.ts'

/** What Fastify, or Node's own server, is here: the core has no need to know it. */
interface App {
  readonly server: {
    readonly address: () => AddressInfo | string | null
    readonly closeAllConnections: () => void
  }
  readonly listen: (options: { path: string } | { host: string; port: number }) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

/** What a server of Node's own does with its connections besides. */
interface Connections {
  /** Lets each end with what is under way on it. */
  readonly end: () => void
  readonly cut: () => void
}

/** A server of Node's own as {@link listenHttp} takes it. */
export function nodeApp(server: Server, { end, cut }: Connections): App {
  return {
    server: { address: () => server.address(), closeAllConnections: cut },
    listen: async (where) => {
      // A name may have addresses of both kinds, as localhost has, and most who ask say 127.0.0.1.
      const place =
        'path' in where
          ? where
          : { ...where, host: (await lookup(where.host, { order: 'ipv4first' })).address }
      server.listen(place)
      await once(server, 'listening')
    },
    close: async () =>
      new Promise((resolve) => {
        // Not HTTP/2's own, which would refuse calls that are on their way. Twice is as good as once.
        Server.prototype.close.call(server, resolve)
        end()
      }),
  }
}

/** Opens the port of an HTTP server, and closes it as {@link RunningServer} says. */
export async function listenHttp(app: App, listen: Address): Promise<RunningServer> {
  const address = await open(app, listen)
  return {
    address,
    close: async (graceMs) => {
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
      await app.close()
      clearTimeout(cut)
    },
  }
}

async function open(app: App, listen: Address): Promise<Address> {
  if (listen.kind === 'unix') await claimSocket(listen.path)
  try {
    if (listen.kind === 'tcp') {
      await app.listen({ host: listen.host, port: listen.port })
      const bound = app.server.address()
      return typeof bound === 'object' && bound !== null ? { ...listen, port: bound.port } : listen
    }
    await app.listen({ path: listen.path })
    await restrictSocket(listen.path)
    return listen
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure'
    throw new ListenError(`Cannot listen on "${formatAddress(listen)}": ${reason}`, {
      cause: error,
    })
  }
}
