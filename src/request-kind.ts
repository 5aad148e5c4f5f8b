import type { CheckInput } from './check-input.ts'

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
  if (method !== 'GET' && method !== 'HEAD') return false
  if (headers.has('x-requested-with') || headers.has('authorization') || isUpgrade(input)) {
    return false
  }
  const mode = headers.get('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return /(^|,)\s*text\/html\s*([;,]|$)/i.test(headers.get('accept') ?? '')
}

/** True for the request by which a browser asks whether a cross-origin one is welcome (Fetch §3.2.2). */
export function isPreflight({ method, headers }: CheckInput): boolean {
  return (
    method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
  )
}

/**
 * True when a browser's cookie may stand for its user in this request. A foreign page can make a
 * browser send cookies along, so an unsafe method or an upgrade must prove that it comes from the
 * same origin, or from one of `allowedOrigins`.
 */
export function mayUseCookie(input: CheckInput, allowedOrigins: readonly string[]): boolean {
  if (safeMethods.has(input.method) && !isUpgrade(input)) return true
  const site = input.headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return true
  const origin = input.headers.get('origin')
  if (origin === undefined) return false
  return allowedOrigins.includes(origin) || originHost(origin) === hostOf(input.host, origin)
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) && origin !== 'null' ? new URL(origin).host : undefined
}

/** The host with the origin's scheme, so that both lose the same default port. */
function hostOf(host: string, origin: string): string | undefined {
  const url = `${origin.slice(0, origin.indexOf(':'))}://${host}`
  return URL.canParse(url) ? new URL(url).host : ''
}
