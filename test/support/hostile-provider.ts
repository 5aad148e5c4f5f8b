import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'

/** What an endpoint of a {@link HostileProvider} does with one request. */
type Endpoint = (response: ServerResponse) => void | Promise<void>

/** A request to an endpoint. */
export interface HostileCall {
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

/** A provider that answers whatever a test wants; no real one would. */
export interface HostileProvider {
  readonly url: string
  readonly setTokenEndpoint: (answer: Endpoint) => void
  readonly setUserInfoEndpoint: (answer: Endpoint) => void
  /** Members of the discovery document beside the usual ones. */
  readonly setMetadata: (more: Readonly<Record<string, unknown>>) => void
  /** The JWK whose private half signs; what HS256 with the public key would be made of. */
  readonly publicJwk: object
  /** An ID token that is good, apart from what the test changes. */
  readonly idToken: (claims: Readonly<Record<string, unknown>>, header?: object) => Promise<string>
  /** Any object, signed as an ID token is. */
  readonly sign: (claims: Readonly<Record<string, unknown>>, header?: object) => Promise<string>
  /** How often the token endpoint was asked. */
  readonly tokenCalls: () => number
  /** The last request to the token endpoint, and to the UserInfo endpoint. */
  readonly lastCall: (endpoint: 'token' | 'userinfo') => HostileCall | undefined
  readonly close: () => Promise<void>
}

/** Starts it on loopback. */
export async function startHostileProvider(): Promise<HostileProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'ES256' }
  const answers = new Map<string, Endpoint>()
  const calls = new Map<string, HostileCall>()
  let more: Readonly<Record<string, unknown>> = {}
  let tokenCalls = 0

  const sign: HostileProvider['sign'] = (claims, header = {}) =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
      .sign(privateKey)

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '' } = request
    if (path === '/token' || path === '/userinfo') {
      if (path === '/token') tokenCalls += 1
      const form = Object.fromEntries(new URLSearchParams(await text(request)))
      calls.set(path, { authorization: request.headers.authorization, form })
      await answers.get(path)?.(response)
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
    setTokenEndpoint: (next) => void answers.set('/token', next),
    setUserInfoEndpoint: (next) => void answers.set('/userinfo', next),
    setMetadata: (next) => {
      more = next
    },
    publicJwk,
    idToken: (claims, header = {}) => {
      const seconds = Math.floor(Date.now() / 1000)
      const base = { iss: url, aud: 'attache', sub: 'alice', iat: seconds, exp: seconds + 300 }
      return sign({ ...base, ...claims }, header)
    },
    sign,
    tokenCalls: () => tokenCalls,
    lastCall: (endpoint) => calls.get(`/${endpoint}`),
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
    userinfo_endpoint: `${url}/userinfo`,
    id_token_signing_alg_values_supported: ['ES256', 'RS256', 'HS256', 'none'],
  }
}
