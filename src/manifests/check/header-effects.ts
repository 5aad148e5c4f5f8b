/** What it causes when a header list of an HTTP provider misses a name: each differently (threats L34). */
import type { Config } from '../../config/types.ts'
import { configuredNames, frontProxyNames, routeHeader } from '../header-lists.ts'

const inCheck: Readonly<Record<string, string>> = {
  accept:
    'a browser that sends no Sec-Fetch-Mode, as on plain http, counts as a program: people read an error in the place of the sign-in page',
  'accept-language': 'pages are in English, whatever the browser asks for',
  'access-control-request-*':
    'a CORS preflight is not known as one: it is challenged, and pages of other origins fail even where preflight: pass allows them',
  cookie: 'no session is ever seen: whoever has signed in is sent to sign in again, for ever',
  'impersonate-*':
    "Attaché cannot take away what it does not see: should the pre-filter be missing, a client's own Impersonate-* reach the upstream, and it acts as whom it likes",
  'kubeflow-*':
    "Attaché cannot take away what it does not see: should the pre-filter be missing, a client's own names of this kind reach the upstream",
  origin:
    'a POST or a WebSocket of a browser without Fetch Metadata, as on plain http, is refused for a signed-in session as if it came from another site',
  purpose: 'a page that a browser fetches in advance begins a sign-in that nobody asked for',
  referer: 'whoever signs in out of a frame comes back to the frame in the place of the whole page',
  'sec-fetch-*':
    "Attaché cannot tell a page from a script, a frame from a window, nor its own site from another: scripts are redirected to the sign-in page, and requests of one's own pages are refused as foreign",
  'sec-purpose': 'a page that a browser fetches in advance begins a sign-in that nobody asked for',
  'sec-websocket-protocol':
    'a token that a browser sends as a WebSocket subprotocol is not seen: the request is refused, or passes with a session and carries the token to the upstream',
  'x-attache-requested-*':
    'who kubectl --as wants to be, and what a front proxy says, never arrives: the request is carried out as the caller in place of the one it asked for',
  [routeHeader]:
    'which VirtualService a request goes by is not known: a route that asks for it, as one of the API server must, denies every request',
  'x-forwarded-*':
    "the log and trustedHops know no client's address, a certificate in x-forwarded-client-cert is not seen, and a client's own X-Forwarded-User is not taken away should the pre-filter be missing",
  'x-moz': 'a page that a browser fetches in advance begins a sign-in that nobody asked for',
  'x-remote-*':
    "Attaché cannot take away what it does not see: should the pre-filter be missing, a client's own X-Remote-User reaches an upstream that believes it",
  'x-requested-with':
    'a background request of an older page is answered by a redirect to the sign-in page, which its script cannot read',
}

/** Of a request header that a check does not show. */
export function effectInCheck(name: string, config: Config): string {
  const known = inCheck[name]
  if (known !== undefined) return known
  if (configuredNames(config).includes(name) || frontProxyNames(config).includes(name)) {
    return "Attaché cannot take away what it does not see: should the pre-filter be missing, a client's own one reaches the upstream as its identity"
  }
  return 'an expression of the configuration reads it and never sees it: what it decides is wrong for every request that has it'
}

/** Of a header that Attaché sets and that does not go upstream. */
export function effectUpstream(name: string): string {
  switch (name) {
    case 'authorization':
      return "the upstream gets the client's own token in the place of Attaché's credential or identity token, or none; a RequestAuthentication answers such a token with 401"
    case 'cookie':
      return "Attaché's session cookie stays on the request, and a pod of a tenant can use it as the user (GHSA-qjw6-hpc7-w36h)"
    case 'impersonate-user':
    case 'impersonate-uid':
      return "the API server sees the gateway's own credential act as nobody, or as a user without a uid"
    case 'sec-websocket-protocol':
      return 'a bearer token among the subprotocols goes on to the upstream'
    default:
      return 'the upstream does not learn who the user is: it refuses the request, or takes it for an administrator as the dashboard of Kubeflow does'
  }
}

/** Of a header of a denial, or of a page, that the client does not get. */
export function effectOnDeny(name: string): string {
  switch (name) {
    case 'set-cookie':
      return 'nobody can sign in or out: the state of a sign-in and the session never reach the browser'
    case 'content-type':
      return 'browsers show the source of the sign-in page as text, and programs cannot read the error'
    case 'content-security-policy':
    case 'x-content-type-options':
    case 'x-frame-options':
    case 'referrer-policy':
    case 'cross-origin-resource-policy':
      return 'the pages of Attaché lose their protection against frames, foreign scripts or leaked addresses'
    case 'cache-control':
    case 'vary':
      return 'a cache may show one person the page, the redirect or the error of another'
    case 'retry-after':
      return 'programs give up, or ask again at once, while a part that Attaché needs is away'
    case 'x-attache-decision':
      return 'nobody finds the log line of a denial by what the client has'
    case 'allow':
      return 'a program that used a wrong method on a page of sign-in does not learn the right one'
    default:
      return 'the client does not learn in which language the page is'
  }
}

/** Of what Envoy's formatters should say of a request. */
export function effectOfAdditional(name: string): string {
  switch (name) {
    case 'x-attache-source':
      return 'Attaché cannot tell who connects: checks of impersonate routes are refused, and audit lines have no address'
    case 'x-attache-connection':
      return 'Attaché cannot refuse an upgrade that names identity headers in Connection: a further proxy takes the identity away'
    default:
      return 'tokens in WebSocket subprotocols are not read; where x-attache-connection is missing too, a foreign site can open a WebSocket with a session of the user'
  }
}
