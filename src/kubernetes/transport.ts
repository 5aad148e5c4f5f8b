import { type Agent, request } from 'undici'
import type { KubernetesConfig } from '../config/types.ts'
import { type CountCall, countedCall } from '../outgoing-call.ts'
import type { Connections } from './connections.ts'
import { type Fail, messageOf } from './failing.ts'
import type { RotatingFile } from './rotating-file.ts'

/** One request, before its answer is read. */
export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | null
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * Sends a request with Attaché's own token, and again where that helps at once. What else is wrong is
 * thrown as it is; what is known of it, as {@link Fail} makes it.
 */
export type Transport = (exchange: Exchange, fail: Fail) => Promise<Answer>

export interface TransportOptions {
  readonly token: RotatingFile
  readonly connections: Pick<Connections, 'agent' | 'distrust'>
  /** Told about each request. */
  readonly onCall: CountCall
}

interface Sender {
  readonly agent: Agent
  readonly token: string
}

/** The {@link Transport} to one API server. */
export function createTransport(
  { server }: Pick<KubernetesConfig, 'server'>,
  { token: tokenFile, connections, onCall }: TransportOptions,
): Transport {
  // Some API servers live below a path of a host that serves several.
  const base = server.origin + server.pathname.replace(/\/$/, '')

  /** A cluster that rotates its CA writes the new one into the file; the one in force may be the old. */
  async function sendTrusted(
    exchange: Exchange,
    { token, fail }: { readonly token: string; readonly fail: Fail },
  ): Promise<Answer> {
    const agent = await connections.agent(fail)
    try {
      return await send(exchange, { agent, token })
    } catch (error) {
      if (!isCertificateFault(error)) throw error
      connections.distrust()
      const next = await connections.agent(fail)
      if (next === agent) throw error
      return send(exchange, { agent: next, token })
    }
  }

  async function send(exchange: Exchange, by: Sender): Promise<Answer> {
    const { method, path } = exchange
    return countedCall(async () => sendOnce(exchange, by), onCall, { method, path, url: server })
  }

  async function sendOnce(
    { method, path, body, signal }: Exchange,
    { agent, token }: Sender,
  ): Promise<Answer> {
    const response = await request(base + path, {
      dispatcher: agent,
      method,
      headers: {
        accept: 'application/json, application/jwk-set+json',
        'accept-encoding': 'identity',
        authorization: `Bearer ${token}`,
        'user-agent': 'attache',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body,
      signal,
    })
    const bytes = await response.body.arrayBuffer()
    const encoding = response.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') throw new Error('its answer is compressed')
    return { status: response.statusCode, text: Buffer.from(bytes).toString('utf8') }
  }

  return async (exchange, fail) => {
    const token = await readToken(tokenFile, fail)
    const answer = await twice(async () => sendTrusted(exchange, { token, fail }))
    if (answer.status !== 401) return answer
    // The file may hold the token's successor by now.
    tokenFile.forget()
    const next = await readToken(tokenFile, fail)
    return next === token ? answer : sendTrusted(exchange, { token: next, fail })
  }
}

/** Attaché's own token, as it is in its file now. */
export async function readToken(file: RotatingFile, fail: Fail): Promise<string> {
  return file.read().catch((error: unknown) => {
    throw fail(`Attaché's own token is not known: ${messageOf(error)}`)
  })
}

/** The API server closes idle connections, at times in the very moment that one is used again. */
async function twice<T>(attempt: () => Promise<T>): Promise<T> {
  return attempt().catch(async (error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error
    return attempt()
  })
}

/** What Node calls a chain that ends at no root, and everything else that is wrong with a certificate. */
function isCertificateFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /CERT|SIGNATURE|ISSUER/.test(code)
}
