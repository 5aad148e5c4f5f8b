import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { Agent, request } from 'undici'
import { type CountCall, countedCall } from '../../outgoing-call.ts'
import { isPublicAddress } from './public-address.ts'

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
  /** Whether a redirect may lead to this IP address at another origin. Default: public ones. */
  readonly mayRedirectTo?: (address: string) => boolean
  /** Told about each request, redirects by themselves. Default: nobody is. */
  readonly onCall?: CountCall | undefined
}

/** Beyond it an answer is dropped; key sets and discovery documents have a few kilobytes. */
const maxBytes = 1024 * 1024

/** As Go's HTTP client, which kube-apiserver uses. */
const maxRedirects = 10

/**
 * A `fetch` that believes an issuer only so far: bounded time and size, also of what is unpacked, and a
 * redirect to another origin only where that one is public, because a private address could lie
 * anywhere that Attaché reaches and the caller does not. With `redirect: 'manual'` the redirect is the
 * answer.
 */
export function createIssuerFetch(options: IssuerFetchOptions): IssuerFetch {
  const { timeoutMs = 5_000, certificateAuthority: ca } = options
  const mayRedirectTo = options.mayRedirectTo ?? isPublicAddress
  const onCall = options.onCall ?? (() => {})
  const trust = ca === undefined ? {} : { ca }
  const bounds = {
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    allowH2: false,
  }
  const near = new Agent({ ...bounds, connect: { timeout: timeoutMs, ...trust } })
  // The address that is connected to is the one that was judged, whatever the name says next.
  const far = new Agent({
    ...bounds,
    connect: { timeout: timeoutMs, ...trust, lookup: lookupOnly(mayRedirectTo) },
  })

  async function exchange(outgoing: Request, signal: AbortSignal): Promise<Response> {
    const body = outgoing.body === null ? null : Buffer.from(await outgoing.arrayBuffer())
    const home = new URL(outgoing.url)
    for (let url = home, hops = 0; ; hops += 1) {
      if (!isSecure(url, options)) {
        throw new Error(`Cannot fetch "${shown(url)}": it is no https address`)
      }
      const agent = url.origin === home.origin ? near : far
      const call = { outgoing, body, signal, agent, home }
      const response = await countedCall(async () => send(url, call), onCall, {
        method: outgoing.method,
        url,
      })
      const location = response.headers.get('location')
      const isRedirect = response.status >= 300 && response.status < 400 && location !== null
      if (!isRedirect || outgoing.redirect === 'manual') return response
      const target = new URL(location, url)
      const mayFollow = body === null && outgoing.redirect === 'follow' && hops < maxRedirects
      if (!mayFollow || !isSecure(target, options) || !mayReach(target, home)) {
        throw new Error(`Cannot fetch "${shown(url)}": its redirect is not followed`)
      }
      url = target
    }
  }

  /** Names are judged when they are looked up. */
  function mayReach({ origin, hostname }: URL, home: URL): boolean {
    const address = hostname.replace(/^\[|\]$/g, '')
    return origin === home.origin || isIP(address) === 0 || mayRedirectTo(address)
  }

  return {
    fetch: async (input, init) => {
      const { address, authorization } = withoutUserInfo(input)
      const outgoing = new Request(address, init)
      if (authorization !== undefined) outgoing.headers.set('authorization', authorization)
      return exchange(outgoing, AbortSignal.any([outgoing.signal, AbortSignal.timeout(timeoutMs)]))
    },
    close: async () => {
      await Promise.all([near.close(), far.close()])
    },
  }
}

/** What stands before the `@` of an address goes as Basic, as from Go; fetch itself refuses it. */
function withoutUserInfo(input: Parameters<typeof fetch>[0]): {
  readonly address: Parameters<typeof fetch>[0]
  readonly authorization: string | undefined
} {
  if (input instanceof Request || !URL.canParse(String(input))) {
    return { address: input, authorization: undefined }
  }
  const address = new URL(input)
  const { username, password } = address
  if (username === '' && password === '') return { address, authorization: undefined }
  address.username = ''
  address.password = ''
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { address, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

interface Call {
  readonly outgoing: Request
  readonly body: Buffer | null
  readonly signal: AbortSignal
  readonly agent: Agent
  /** Where the call went first; its credentials go no further. */
  readonly home: URL
}

async function send(
  url: URL,
  { outgoing, body: sent, signal, agent, home }: Call,
): Promise<Response> {
  const own = Object.fromEntries(outgoing.headers)
  if (url.origin !== home.origin) delete own['authorization']
  const { statusCode, headers, body } = await request(url, {
    dispatcher: agent,
    method: outgoing.method,
    headers: { accept: 'application/json', ...own, 'accept-encoding': 'identity' },
    body: sent,
    signal,
  })
  const bytes = unpack(Buffer.from(await body.arrayBuffer()), headers['content-encoding'])
  const received = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const line of [value ?? []].flat()) received.append(name, line)
  }
  return new Response(bytes.byteLength === 0 ? null : bytes, {
    status: statusCode,
    headers: received,
  })
}

/** Nobody is asked to compress; Go unpacks gzip all the same, and nothing else. */
function unpack(bytes: Buffer, encoding: string | string[] | undefined): Buffer {
  if (String(encoding ?? '').toLowerCase() !== 'gzip') return bytes
  return gunzipSync(bytes, { maxOutputLength: maxBytes })
}

function isSecure(url: URL, { allowHttp }: IssuerFetchOptions): boolean {
  return url.protocol === 'https:' || (allowHttp && url.protocol === 'http:')
}

/** Looks a name up and keeps of its addresses those that may be reached; none is an error. */
function lookupOnly(may: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = error === null ? found.filter(({ address }) => may(address)) : []
      const [first] = addresses
      if (first === undefined) {
        callback(error ?? new Error(`Cannot reach "${hostname}": it has no public address`), [])
      } else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** Without the query, which may carry a secret. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}
