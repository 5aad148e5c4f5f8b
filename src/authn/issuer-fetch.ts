import { Agent, request } from 'undici'

/** Requests to one issuer, and how to end them. */
export interface IssuerFetch {
  readonly fetch: typeof fetch
  /** Lets what is under way finish, and closes the connections. */
  readonly close: () => Promise<void>
}

export interface IssuerFetchOptions {
  /** PEM; the only root when given, else those that Node has. */
  readonly certificateAuthority: string | undefined
  /** False: an address that is no https is refused before anything is sent. */
  readonly allowHttp: boolean
  /** Milliseconds for a whole exchange, redirects and body included. Default: 5000. */
  readonly timeoutMs?: number
}

/** Beyond it an answer is dropped; key sets and discovery documents have a few kilobytes. */
const maxBytes = 1024 * 1024
const maxRedirects = 3

/**
 * A `fetch` that believes an issuer only so far: bounded time and size, no compressed bodies, and
 * redirects within one origin alone, because another could lie anywhere that Attaché reaches and the
 * caller does not. With `redirect: 'manual'` the redirect is the answer.
 */
export function createIssuerFetch(options: IssuerFetchOptions): IssuerFetch {
  const timeoutMs = options.timeoutMs ?? 5_000
  const { certificateAuthority: ca } = options
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    allowH2: false,
  })

  async function exchange(outgoing: Request, signal: AbortSignal): Promise<Response> {
    const body = outgoing.body === null ? null : Buffer.from(await outgoing.arrayBuffer())
    for (let url = new URL(outgoing.url), hops = 0; ; hops += 1) {
      if (url.protocol !== 'https:' && !(options.allowHttp && url.protocol === 'http:')) {
        throw new Error(`Cannot fetch "${shown(url)}": it is no https address`)
      }
      const response = await send(url, { outgoing, body, signal })
      const location = response.headers.get('location')
      const isRedirect = response.status >= 300 && response.status < 400 && location !== null
      if (!isRedirect || outgoing.redirect === 'manual') return response
      const target = new URL(location, url)
      const mayFollow = body === null && outgoing.redirect === 'follow' && hops < maxRedirects
      if (!mayFollow || target.origin !== url.origin) {
        throw new Error(`Cannot fetch "${shown(url)}": its redirect is not followed`)
      }
      url = target
    }
  }

  async function send(
    url: URL,
    call: { outgoing: Request; body: Buffer | null; signal: AbortSignal },
  ): Promise<Response> {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      method: call.outgoing.method,
      headers: {
        accept: 'application/json',
        ...Object.fromEntries(call.outgoing.headers),
        'accept-encoding': 'identity',
      },
      body: call.body,
      signal: call.signal,
    })
    const bytes = await body.arrayBuffer()
    const received = new Headers()
    for (const [name, value] of Object.entries(headers)) {
      for (const line of [value ?? []].flat()) received.append(name, line)
    }
    if ((received.get('content-encoding') ?? 'identity') !== 'identity') {
      throw new Error(`Cannot fetch "${shown(url)}": the answer is compressed`)
    }
    return new Response(bytes.byteLength === 0 ? null : bytes, {
      status: statusCode,
      headers: received,
    })
  }

  return {
    fetch: async (input, init) => {
      const outgoing = new Request(input, init)
      return exchange(outgoing, AbortSignal.any([outgoing.signal, AbortSignal.timeout(timeoutMs)]))
    },
    close: () => agent.close(),
  }
}

/** Without the query, which may carry a secret. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}
