import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'

/** What the token endpoint of a {@link HostileProvider} does with one request. */
type TokenEndpoint = (response: ServerResponse) => void | Promise<void>

/** A provider that answers whatever a test wants; no real one would. */
export interface HostileProvider {
  readonly url: string
  readonly setTokenEndpoint: (answer: TokenEndpoint) => void
  /** Members of the discovery document beside the usual ones. */
  readonly setMetadata: (more: Readonly<Record<string, unknown>>) => void
  /** The JWK whose private half signs; what HS256 with the public key would be made of. */
  readonly publicJwk: object
  /** An ID token that is good, apart from what the test changes. */
  readonly idToken: (claims: Readonly<Record<string, unknown>>, header?: object) => Promise<string>
  /** How often the token endpoint was asked. */
  readonly tokenCalls: () => number
  readonly close: () => Promise<void>
}

/** Starts it on loopback. */
export async function startHostileProvider(): Promise<HostileProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'ES256' }
  let answer: TokenEndpoint | undefined
  let more: Readonly<Record<string, unknown>> = {}
  let tokenCalls = 0

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/token') {
      tokenCalls += 1
      request.resume()
      await answer?.(response)
      return
    }
    const document = { issuer: url, jwks_uri: `${url}/jwks`, ...endpoints(url), ...more }
    const value = request.url === '/jwks' ? { keys: [publicJwk] } : document
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  return {
    url,
    setTokenEndpoint: (next) => {
      answer = next
    },
    setMetadata: (next) => {
      more = next
    },
    publicJwk,
    idToken: (claims, header = {}) => {
      const seconds = Math.floor(Date.now() / 1000)
      const base = { iss: url, aud: 'attache', sub: 'alice', iat: seconds, exp: seconds + 300 }
      return new CompactSign(Buffer.from(JSON.stringify({ ...base, ...claims })))
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
        .sign(privateKey)
    },
    tokenCalls: () => tokenCalls,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function endpoints(url: string) {
  return {
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    id_token_signing_alg_values_supported: ['ES256', 'RS256', 'HS256', 'none'],
  }
}
