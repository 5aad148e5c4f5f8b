/**
 * `kubernetes/` asks the API server on Attaché's own behalf, and owns nothing of what is asked: the
 * parts that need an answer bring the question, and read the answer themselves.
 */
import type { Logger } from 'pino'
import type { KubernetesConfig } from '../config/types.ts'
import { DependencyError } from '../errors.ts'
import type { CountCall } from '../outgoing-call.ts'
import { connections } from './connections.ts'
import { failing, messageOf } from './failing.ts'
import { createSlots } from './slots.ts'
import { tokenFile } from './token-file.ts'
import { type Answer, createTransport, type Exchange, readToken } from './transport.ts'

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
  const token = tokenFile(config.tokenFile, {
    now,
    onKept: (why) => log.warn({ why }, "Attaché's own token was not read again: it stays as it is"),
  })
  const connected = connections(config, { now, timeoutMs, concurrency, log })
  const transport = createTransport(config, { token, connections: connected, onCall })
  const slots = createSlots({ running: concurrency, waiting: maxWaiting })

  async function ask(call: Omit<Exchange, 'signal'>, question: Question): Promise<string> {
    const fail = failing(question.purpose)
    const signal = AbortSignal.timeout(timeoutMs)
    const turn = slots.run(async () => transport({ ...call, signal }, fail), { signal })
    if (turn === undefined) {
      const http = { method: call.method, path: call.path, url: config.server }
      onCall('turned-away', { startedMs: performance.now(), http })
      throw fail(`${maxWaiting} requests to the API server wait already`)
    }
    const answer = await turn.catch((cause: unknown) => {
      throw cause instanceof DependencyError ? cause : fail(noAnswer(cause))
    })
    if (answer.status === 200 || answer.status === 201) return answer.text
    throw fail(refusal(answer, question))
  }

  const apiServer = `the API server "${config.server.origin}"`

  function noAnswer(cause: unknown): string {
    return cause instanceof Error && cause.name === 'TimeoutError'
      ? `${apiServer} gave no answer within ${timeoutMs} ms`
      : `${apiServer} gave no usable answer: ${messageOf(cause)}`
  }

  function refusal({ status, text }: Answer, { permission, ifAbsent }: Question): string {
    if (status === 401) return `${apiServer} does not accept the token in "${config.tokenFile}"`
    const answer = `${apiServer} answered ${status}${reasonIn(text)}`
    if (status === 403) return `${answer}; the ServiceAccount of Attaché needs ${permission}`
    return status === 404 && ifAbsent !== undefined ? `${answer}; ${ifAbsent}` : answer
  }

  return {
    get: async (path, question) => ask({ method: 'GET', path, body: null }, question),
    post: async (path, { body, ...question }) =>
      ask({ method: 'POST', path, body: JSON.stringify(body) }, question),
    token: async () => readToken(token, failing('use the API server')),
    close: connected.close,
  }
}

/** The machine-readable `reason` of a `Status`. Its message could quote what was sent. */
function reasonIn(text: string): string {
  const [, reason] = /"reason":\s*"([A-Za-z]{1,40})"/.exec(text) ?? []
  return reason === undefined ? '' : ` ${reason}`
}
