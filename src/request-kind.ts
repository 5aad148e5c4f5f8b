import type { CheckInput } from './check-input.ts'
import { isLoopback } from './config/address.ts'

/** Methods that change nothing and that a foreign page may therefore cause (RFC 9110 §9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** True for a request that switches the protocol, such as a WebSocket or `kubectl exec`. */
export function isUpgrade({ headers }: CheckInput): boolean {
  return headers.has('upgrade') || connectionOptions(headers.get('connection')).includes('upgrade')
}

/**
 * The `Connection` option that an upgrade may not name, if there is one. Envoy passes the list of an
 * upgrade on as it came, and the next proxy that obeys RFC 9110 §7.6.1 drops what it names:
 * `Connection: Upgrade, Impersonate-User` would take the identity away behind us.
 */
export function strangeConnectionOption(input: CheckInput): string | undefined {
  if (!isUpgrade(input)) return undefined
  return connectionOptions(input.headers.get('connection')).find(
    (option) => option !== 'upgrade' && option !== 'keep-alive' && option !== 'close',
  )
}

function connectionOptions(connection: string | undefined): readonly string[] {
  if (connection === undefined) return []
  return connection
    .split(',')
    .map((option) => option.trim().toLowerCase())
    .filter((option) => option !== '')
}

/**
 * True for a GET or HEAD that a browser makes to show a page
 * ({@link https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header Fetch Metadata}, or an `Accept`
 * that lists HTML). Only such a request is sent to sign in: a redirect answers nothing else.
 */
export function isNavigation(input: CheckInput): boolean {
  const { method, headers } = input
  if ((method !== 'GET' && method !== 'HEAD') || isPrefetch(input)) return false
  if (headers.has('x-requested-with') || headers.has('authorization') || isUpgrade(input)) {
    return false
  }
  const mode = headers.get('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return /(^|,)\s*text\/html\s*([;,]|$)/i.test(headers.get('accept') ?? '')
}

/** True where a person reads the answer: of a navigation, and of a form that a page has sent. */
export function isShown(input: CheckInput): boolean {
  if (isNavigation(input)) return true
  const isForm = input.headers.get('sec-fetch-mode') === 'navigate'
  return isForm && isNavigation({ ...input, method: 'GET' })
}

/**
 * True for a page that a browser fetches before anybody asked for it
 * ({@link https://www.w3.org/TR/fetch-metadata/ Sec-Purpose}, and what older browsers send). It must change
 * nothing; a refusal makes the browser ask again once somebody does.
 */
export function isPrefetch({ headers }: CheckInput): boolean {
  const purposes = ['sec-purpose', 'purpose', 'x-moz'].map((name) => headers.get(name))
  return purposes.some((purpose) => /\b(?:prefetch|prerender)\b/i.test(purpose ?? ''))
}

/**
 * True for the request by which a browser asks whether a cross-origin one is welcome (Fetch §3.2.2). It
 * never asks for another protocol: a tunnel that nobody vouches for must not pass as a question.
 */
export function isPreflight(input: CheckInput): boolean {
  const { method, headers } = input
  const asks = headers.has('origin') && headers.has('access-control-request-method')
  return method === 'OPTIONS' && asks && !isUpgrade(input)
}

/** Where a cookie may come from. */
export interface CookieOrigins {
  /** Origins besides the host's own. */
  readonly allowedOrigins: readonly string[]
  /** Browsers send the cookie to `https` alone, so that its own pages are `https` too. */
  readonly secure: boolean
}

/**
 * True when a browser's cookie may stand for its user in this request. A foreign page can make a
 * browser send cookies along, so an unsafe method or an upgrade must prove that it comes from the
 * same origin, or from one of `allowedOrigins`. A page of plain `http` is another origin, which anybody
 * on the way can write, and browsers that ignore the scheme when they compare sites send it the cookie.
 */
export function mayUseCookie(
  input: CheckInput,
  { allowedOrigins, secure }: CookieOrigins,
): boolean {
  if (safeMethods.has(input.method) && !isUpgrade(input)) return true
  const site = input.headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return true
  const origin = input.headers.get('origin')
  if (origin === undefined) return false
  return allowedOrigins.includes(origin) || isOwnOrigin(origin, { host: input.host, secure })
}

/**
 * True when a credential that browsers send by themselves, as they send cookies, may stand for its user:
 * a client certificate, or a login that the browser remembers. Programs say nothing of where they come
 * from; a browser that says it comes from elsewhere is refused what a cookie would be.
 */
export function mayUseAmbientCredential(input: CheckInput, origins: CookieOrigins): boolean {
  const { headers } = input
  if (!headers.has('sec-fetch-site') && !headers.has('origin')) return true
  return mayUseCookie(input, origins)
}

/** True for an `Origin` that is the request's own host, by https or where plain http will do. */
export function isOwnOrigin(
  origin: string,
  { host, secure }: { readonly host: string; readonly secure: boolean },
): boolean {
  if (!URL.canParse(origin)) return false
  const own = new URL(origin)
  // Browsers take loopback for secure, whatever its scheme.
  const isPlain = own.protocol === 'http:' && (!secure || isLoopback(own.hostname))
  if (own.protocol !== 'https:' && !isPlain) return false
  // With the origin's scheme, so that both lose the same default port.
  const asked = `${own.protocol}//${host}`
  return URL.canParse(asked) && new URL(asked).host === own.host
}
