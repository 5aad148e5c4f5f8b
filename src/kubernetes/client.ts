/**
 * `kubernetes/` asks the API server on Attaché's own behalf, and owns nothing of what is asked: the
 * parts that need an answer bring the question, and read the answer themselves.
 */
import type { Logger } from 'pino'
import { type Agent, request } from 'undici'
import type { KubernetesConfig } from '../config/types.ts'
import { DependencyError } from '../errors.ts'
import { type CountCall, countedCall, type HttpCall } from '../outgoing-call.ts'
import { connections } from './connections.ts'
import { type Fail, failing, messageOf } from './failing.ts'
import { type RotatingFile, rotatingFile } from './rotating-file.ts'
import { createSlots } from './slots.ts'

/** Requests to the API server with Attaché's own token. */
export interface KubernetesClient {
  /** The text of an answer with status 200 or 201. Whatever else happens is a {@link DependencyError}. */
  readonly get: (path: string, question: Question) => Promise<string>
  /** As `get`, with a body that is sent as JSON. */
  readonly post: (path: string, question: Question & { readonly body: object }) => Promise<string>
  /** Attaché's own token, as it is in its file now. */
  readonly token: () => Promise<string>
  /** Lets what is under way finish, and closes the connections. */
  readonly close: () => Promise<void>
}

/** What messages say about a request. */
export interface Question {
  /** Completes "Cannot …": `review a token`. */
  readonly purpose: string
  /** What gives Attaché the right to ask, for who reads about a 403: `ClusterRole "…"`. */
  readonly permission: string
  /** What it means, in words, that the API server does not know the path. */
  readonly ifAbsent?: string
}

export interface KubernetesClientOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds for a whole exchange, the wait for its turn included. Default: 5000. */
  readonly timeoutMs?: number
  /** Requests at the same time. Default: 32. */
  readonly concurrency?: number
  /** Requests that wait for their turn; more are refused. Default: 512. */
  readonly maxWaiting?: number
  /** Told about each request, also what is `turned-away` because too many wait. Default: nobody is. */
  readonly onCall?: CountCall | undefined
}

interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | null
  readonly signal: AbortSignal
}

interface Sender {
  readonly agent: Agent
  readonly token: string
}

interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * Talks to one API server over connections that it keeps. Nothing is read before the first request, so
 * that a pod's files may come late; token and CA are read again as they rotate. No redirect is followed
 * and no compressed body understood: nobody gets Attaché's token but the configured server.
 */
export function createKubernetesClient(
  config: KubernetesConfig,
  options: KubernetesClientOptions,
): KubernetesClient {
  const { now, log, timeoutMs = 5_000, concurrency = 32, maxWaiting = 512 } = options
  const onCall = options.onCall ?? (() => {})
  const { origin, pathname } = config.server
  // Some API servers live below a path of a host that serves several.
  const base = origin + pathname.replace(/\/$/, '')
  const tokenFile = rotatingFile(config.tokenFile, {
    now,
    // It becomes a header line.
    fault: (text) => (/^[\x21-\x7e]+$/.test(text) ? undefined : 'it holds no bearer token'),
    onKept: (why) => log.warn({ why }, "Attaché's own token was not read again: it stays as it is"),
  })
  const connected = connections(config, { now, timeoutMs, concurrency, log })
  const slots = createSlots({ running: concurrency, waiting: maxWaiting })

  const httpOf = ({ method, path }: Pick<Exchange, 'method' | 'path'>): HttpCall => ({
    method,
    url: config.server,
    path,
  })

  async function ask(call: Omit<Exchange, 'signal'>, question: Question): Promise<string> {
    const fail = failing(question.purpose)
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = slots.run(async () => exchange({ ...call, signal }, fail), { signal })
    if (answer === undefined) {
      onCall('turned-away', { startedMs: performance.now(), http: httpOf(call) })
      throw fail(`${maxWaiting} requests to the API server wait already`)
    }
    const { status, text } = await answer.catch((cause: unknown) => {
      throw cause instanceof DependencyError ? cause : fail(describe(cause))
    })
    if (status === 200 || status === 201) return text
    throw fail(refusal(status, text, question))
  }

  async function exchange(call: Exchange, fail: Fail): Promise<Answer> {
    const token = await tokenFrom(tokenFile, fail)
    const answer = await twice(async () => sendTrusted(call, { token, fail }))
    if (answer.status !== 401) return answer
    // The file may hold the token's successor by now.
    tokenFile.forget()
    const next = await tokenFrom(tokenFile, fail)
    return next === token ? answer : sendTrusted(call, { token: next, fail })
  }

  /** A cluster that rotates its CA writes the new one into the file; the one in force may be the old. */
  async function sendTrusted(
    call: Exchange,
    { token, fail }: { readonly token: string; readonly fail: Fail },
  ): Promise<Answer> {
    const agent = await connected.agent(fail)
    try {
      return await send(call, { agent, token })
    } catch (error) {
      if (!isCertificateFault(error)) throw error
      connected.distrust()
      const next = await connected.agent(fail)
      if (next === agent) throw error
      return send(call, { agent: next, token })
    }
  }

  async function send(call: Exchange, by: Sender): Promise<Answer> {
    return countedCall(async () => sendOnce(call, by), onCall, httpOf(call))
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

  function describe(cause: unknown): string {
    if (isNamed(cause, 'TimeoutError')) {
      return `the API server "${origin}" gave no answer within ${timeoutMs} ms`
    }
    return `the API server "${origin}" gave no usable answer: ${messageOf(cause)}`
  }

  function refusal(status: number, text: string, { permission, ifAbsent }: Question): string {
    if (status === 401) {
      return `the API server "${origin}" does not accept the token in "${config.tokenFile}"`
    }
    const answer = `the API server "${origin}" answered ${status}${reasonIn(text)}`
    if (status === 403) return `${answer}; the ServiceAccount of Attaché needs ${permission}`
    return status === 404 && ifAbsent !== undefined ? `${answer}; ${ifAbsent}` : answer
  }

  return {
    get: async (path, question) => ask({ method: 'GET', path, body: null }, question),
    post: async (path, { body, ...question }) =>
      ask({ method: 'POST', path, body: JSON.stringify(body) }, question),
    token: async () => tokenFrom(tokenFile, failing('use the API server')),
    close: connected.close,
  }
}

async function tokenFrom(file: RotatingFile, fail: Fail): Promise<string> {
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

/** The machine-readable `reason` of a `Status`. Its message could quote what was sent. */
function reasonIn(text: string): string {
  const [, reason] = /"reason":\s*"([A-Za-z]{1,40})"/.exec(text) ?? []
  return reason === undefined ? '' : ` ${reason}`
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}
