/** Issuers of tokens: discovery and keys over HTTP, and tokens as fast as they can be signed. */
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

export type SigningAlgorithm = 'RS256' | 'ES256'

/** What is asked of {@link Issuers.mint}. */
export interface TokenOptions {
  /** Counts from 0. */
  readonly issuer?: number
  readonly algorithm?: SigningAlgorithm
  readonly user: string
  readonly groups: readonly string[]
}

export interface Issuers {
  readonly urls: readonly string[]
  /** A token that is good for an hour. */
  readonly mint: (options: TokenOptions) => string
  /** Microseconds that node:crypto takes to verify one signature in its quickest way, and nothing else. */
  readonly verificationMicros: (algorithm: SigningAlgorithm) => number
  readonly stop: () => Promise<void>
}

/** The audience of every token. */
export const audience = 'attache-bench'

/** Starts so many issuers on one port of the loopback address; they share their two keys. */
export async function startIssuers(count: number): Promise<Issuers> {
  const keys = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  }
  const jwks = Object.entries(keys).map(([alg, { publicKey }]) => ({
    ...publicKey.export({ format: 'jwk' }),
    ...{ kid: alg, alg, use: 'sig' },
  }))
  const server = createServer((request, response) => {
    const [, issuer = '', path = ''] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? []
    const url = `${origin}/${issuer}`
    const body =
      path === 'keys'
        ? { keys: jwks }
        : { issuer: url, jwks_uri: `${url}/keys`, authorization_endpoint: `${url}/auth` }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const urls = Array.from({ length: count }, (_, index) => `${origin}/${index}`)
  return {
    urls,
    mint: ({ issuer = 0, algorithm = 'RS256', user, groups }) =>
      signToken(keys[algorithm].privateKey, algorithm, {
        ...{ iss: urls[issuer], aud: audience, sub: user, email: user, groups },
        ...{ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 3600 },
      }),
    verificationMicros: (algorithm) => timeVerification(keys[algorithm]),
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** As JWS writes an ECDSA signature (RFC 7518 §3.4); RSA has no choice to make. */
const dsaEncoding = 'ieee-p1363'

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signToken(key: KeyObject, algorithm: SigningAlgorithm, claims: object): string {
  const signed = `${part({ alg: algorithm, typ: 'JWT', kid: algorithm })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding })
  return `${signed}.${signature.toString('base64url')}`
}

function timeVerification(key: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }) {
  const data = Buffer.alloc(400, 'x')
  const { publicKey } = key
  const signature = sign('sha256', data, key.privateKey)
  const rounds = 200
  const time = (): number => {
    const before = process.cpuUsage()
    for (let round = 0; round < rounds; round += 1) verify('sha256', data, publicKey, signature)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / rounds
  }
  // The least, since it is part of a goal: a busy machine must not make that easier.
  return Math.min(...Array.from({ length: 20 }, time))
}
