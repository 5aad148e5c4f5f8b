/**
 * A real OpenID provider (npm `oidc-provider`) that stands where Kubeflow's Dex does: under `/dex`, behind the
 * gateway that it signs people in for, whatever host they type. Two manners of Dex are added in front of it: a
 * redirect URI may be a path, which is compared as text and redirected to as it is, and `/dex/healthz` answers.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { Provider } from 'oidc-provider'
import { request as send } from 'undici'
import { listenOnLoopback } from './loopback.ts'
import { behaviourOf, type Claims, metadataOf } from './provider-configuration.ts'
import { signingJwk } from './signing-jwk.ts'

/** A Dex that runs. */
export interface MeshDex {
  readonly port: number
  /** `http://127.0.0.1:PORT/dex`. */
  readonly issuer: string
  /** Header lines of each request for one of its pages so far, oldest first. */
  readonly seen: readonly (readonly string[])[]
  /** ID tokens that it has issued, oldest first. */
  readonly idTokens: readonly string[]
  readonly stop: () => Promise<void>
}

export interface MeshDexOptions {
  readonly clientID: string
  readonly clientSecret: string
  /** By login: what is true of the person. */
  readonly people: Readonly<Record<string, Claims>>
  /** Of ID tokens, in seconds. Default: a day, as in Dex. */
  readonly idTokenSeconds?: number
}

const mount = '/dex'
const callback = '/oauth2/callback'
/** What the provider within takes {@link callback} for, as it wants a URL. */
const callbackBase = 'http://relative.example.test'

/** Starts it. */
export async function startMeshDex(options: MeshDexOptions): Promise<MeshDex> {
  const { clientID, clientSecret, people, idTokenSeconds = 86_400 } = options
  const idTokens: string[] = []
  const seen: (readonly string[])[] = []
  let inner = 0
  const front = createServer((request, response) => {
    seen.push(linesOf(request))
    pass(request, response, { port: inner, idTokens }).catch(() => response.destroy())
  })
  const outer = await listenOnLoopback(front)
  const { port } = outer
  const issuer = `http://127.0.0.1:${port}${mount}`
  const settings = {
    clientID,
    clientSecret,
    externalURL: new URL(callbackBase),
    people: Object.entries(people).map(([login, claims]) => ({ login, claims })),
    refreshTokens: 'reusable' as const,
    ttlSeconds: { idToken: idTokenSeconds },
  }
  const { features, ...behaviour } = behaviourOf(settings, port)
  const provider = new Provider(issuer, {
    ...behaviour,
    // Dex has no end-session endpoint.
    features: { ...features, rpInitiatedLogout: { enabled: false } },
    clients: [metadataOf(settings, settings)],
    jwks: { keys: [signingJwk('d1')] },
    findAccount: (_, login) => {
      const claims = people[login]
      return claims && { accountId: login, claims: () => ({ ...claims, sub: login }) }
    },
  })
  const handler = provider.callback()
  const mounted: RequestListener = (request, response) => {
    const url = request.url ?? ''
    // What the provider takes off here, it puts before its own addresses.
    Object.assign(request, { originalUrl: url, url: url.slice(mount.length) })
    void handler(request, response)
  }
  const within = await listenOnLoopback(createServer(mounted))
  inner = within.port
  return {
    port,
    issuer,
    seen,
    idTokens,
    stop: async () => {
      for (const server of [outer, within]) await server.stop()
    },
  }
}

interface Within {
  readonly port: number
  readonly idTokens: string[]
}

async function pass(request: IncomingMessage, response: ServerResponse, within: Within) {
  const { method = 'GET', url = '', headers } = request
  if (url === `${mount}/healthz`) return void response.end('Health check passed')
  const body = await textOf(request)
  const answer = await send(`http://127.0.0.1:${within.port}${toURL(url)}`, {
    method,
    headers: { ...headers, 'content-length': undefined, 'transfer-encoding': undefined },
    body: method === 'GET' || method === 'HEAD' ? null : toURL(body),
  })
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || /^(content-length|transfer-encoding|connection)$/.test(name))
      continue
    response.setHeader(name, name === 'location' ? toPath(String(value)) : value)
  }
  const text = await answer.body.text()
  if (url === `${mount}/token` && answer.statusCode === 200) {
    const parse: (text: string) => { readonly id_token: string } = JSON.parse
    within.idTokens.push(parse(text).id_token)
  }
  response.writeHead(answer.statusCode).end(text)
}

function toURL(text: string): string {
  const path = `redirect_uri=${encodeURIComponent(callback)}`
  return text.replace(path, `redirect_uri=${encodeURIComponent(callbackBase + callback)}`)
}

function toPath(location: string): string {
  return location.startsWith(callbackBase) ? location.slice(callbackBase.length) : location
}

function linesOf({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : [],
  )
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
