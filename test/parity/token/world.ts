import type { JsonWebKey } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Entry, head } from '../../config/entry.ts'
import { firstAuthority } from '../../support/authorities.ts'

/** What an issuer answers; what is absent is as a good one would do it. */
export interface IssuerPages {
  /** The key set: keys, or the text itself. */
  readonly jwks?: readonly JsonWebKey[] | string | Buffer
  /** Members of the discovery document that differ, or the text itself. */
  readonly discovery?: Readonly<Record<string, unknown>> | string
  /** What follows the path of the server in `issuer`, such as a slash. */
  readonly suffix?: string
  /** Any other page by its path below the issuer. */
  readonly pages?: Readonly<Record<string, RequestListener>>
}

/** Any number of issuers behind one https server on loopback, whose CA is that of the entries. */
export interface World {
  /** Of the server, without a slash. */
  readonly url: string
  /** Publishes an issuer under a path of its own; its URL. */
  readonly issuer: (pages: IssuerPages) => string
  readonly close: () => Promise<void>
}

/** Starts the server. */
export async function startWorld(): Promise<World> {
  const pages = new Map<string, RequestListener>()
  const server = createServer(firstAuthority.server, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? ''
    const page = pages.get(path) ?? ((_, answer) => answer.writeHead(404).end('no page'))
    page(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`
  let count = 0
  return {
    url,
    issuer: ({ jwks = [], discovery = {}, suffix = '', pages: more = {} }) => {
      const path = `/i${(count += 1)}`
      const keys =
        typeof jwks === 'string' || Buffer.isBuffer(jwks) ? jwks : JSON.stringify({ keys: jwks })
      const document =
        typeof discovery === 'string'
          ? discovery.replaceAll('{url}', `${url}${path}`)
          : JSON.stringify({
              issuer: `${url}${path}${suffix}`,
              jwks_uri: `${url}${path}/jwks`,
              ...discovery,
            })
      pages.set(`${path}/.well-known/openid-configuration`, text(document))
      pages.set(`${path}/jwks`, text(keys))
      for (const [name, listener] of Object.entries(more)) pages.set(`${path}${name}`, listener)
      return `${url}${path}${suffix}`
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

/** Answers with a text. */
export function text(
  body: string | Buffer,
  status = 200,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

/** An AuthenticationConfiguration of these entries; the CA of the server is theirs. */
export function fileOf(entries: readonly Entry[]): string {
  const jwt = entries.map(({ issuer, mappings, more }) => ({
    issuer: { audiences: ['me'], certificateAuthority: firstAuthority.ca, ...issuer },
    claimMappings: {
      username: { claim: 'sub', prefix: '' },
      groups: { claim: 'groups', prefix: '' },
      ...mappings,
    },
    ...more,
  }))
  return `${head}jwt: ${JSON.stringify(jwt)}\n`
}
