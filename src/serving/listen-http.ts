import type { AddressInfo } from 'node:net'
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
